import { jest } from '@jest/globals';
import { untilEnded } from './background-task.ts';
import {
  idsOf,
  newApplication,
  newEndpoint,
  receivedBy,
  type Target,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { type TroubledFunction, troubled } from './faults.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;
let steps: TroubledFunction;

beforeAll(async () => {
  tenant = await newTenant();
  steps = await troubled('take-step');
});
afterEach(() => steps.calm());
afterAll(() => steps.giveBack());

const since = new Date(Date.now() - 60_000);

/** An endpoint that was made after messages of its application were sent. */
const lateEndpoint = async (): Promise<{ target: Target; ids: readonly string[] }> => {
  const appId = await newApplication(tenant);
  const ids: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    ids.push((await tenant.svix.message.create(appId, { eventType: 'a', payload: { n } })).id);
  }
  return { target: await newEndpoint(tenant, appId), ids };
};

const replay = async ({ appId, endpointId }: Target) => {
  const { id } = await tenant.svix.endpoint.replayMissing(appId, endpointId, { since });
  return untilEnded(tenant, id);
};

/** Each of these messages arrived and has one attempt, however often its task was published. */
const expectOneAttemptEach = async (target: Target, ids: readonly string[]): Promise<void> => {
  await untilReceived(target, ids.length);
  await untilLaneIsEmpty();
  expect([...new Set(idsOf(receivedBy(target)))].toSorted()).toEqual(ids.toSorted());
  for (const id of ids) {
    const attempts = await eventually('the attempt', async () => {
      const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, id);
      return data.length > 0 ? data : undefined;
    });
    expect(attempts).toMatchObject([{ endpointId: target.endpointId, status: 0 }]);
  }
};

describe('a replay', () => {
  test.each([
    ['when its tasks are published', { operation: 'PublishBatch', kind: 'killed-after', about: 'app' }],
    [
      'when it has written down what it published',
      { operation: 'TransactWriteItems', kind: 'killed-after', about: 'task' },
    ],
    ['before it has written that down', { operation: 'TransactWriteItems', kind: 'killed-before', about: 'task' }],
  ] as const)('whose step is killed %s ends, and each message has one attempt', async (_title, kill) => {
    const { target, ids } = await lateEndpoint();
    const about = kill.about === 'app' ? target.appId : `${tenant.orgId}#TASKS`;
    const kills = steps.meet({ operation: kill.operation, about, fault: { kind: kill.kind }, times: 1 });
    expect(await replay(target)).toMatchObject({ status: 'finished' });
    expect(kills()).toBe(1);
    await expectOneAttemptEach(target, ids);
  });

  test('whose tasks are refused for a while publishes them once that has passed, and counts each once', async () => {
    const { target, ids } = await lateEndpoint();
    const refusals = steps.meet({
      ...{ operation: 'PublishBatch', about: target.appId, fault: { kind: 'throttled' }, times: 8 },
    });
    expect(await replay(target)).toMatchObject({ status: 'finished', data: { messagesSent: ids.length } });
    expect(refusals()).toBe(8);
    await expectOneAttemptEach(target, ids);
  });

  test('passes what has no payload any more, and sends what is around it', async () => {
    const { target, ids } = await lateEndpoint();
    const [first = '', expunged = '', ...others] = ids;
    await tenant.svix.message.expungeContent(target.appId, expunged);
    expect(await replay(target)).toMatchObject({ status: 'finished', data: { messagesSent: ids.length - 1 } });
    await expectOneAttemptEach(target, [first, ...others]);
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, expunged);
    expect(data).toEqual([]);
  });
});
