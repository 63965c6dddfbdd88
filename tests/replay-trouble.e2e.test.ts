import { jest } from '@jest/globals';
import { untilEnded } from './background-task.ts';
import {
  idsOf,
  newApplication,
  newEndpoint,
  newTarget,
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
const receiver = useReceiver();
let tenant: Tenant;
let steps: TroubledFunction;

beforeAll(async () => {
  tenant = await newTenant();
  steps = await troubled('take-step');
});
afterEach(() => steps.calm());
afterAll(() => steps.giveBack());

const since = new Date(Date.now() - 60_000);
const COUNT = 4;
/** The local stage's event type whose retries are an hour away. */
const RETRIED_LATER = 'test.retried-later';

type Prepared = { readonly target: Target; readonly ids: readonly string[] };

const send = async (appId: string): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < COUNT; n += 1) {
    ids.push((await tenant.svix.message.create(appId, { eventType: RETRIED_LATER, payload: { n } })).id);
  }
  return ids;
};

/** An endpoint that was made after messages of its application were sent. */
const lateEndpoint = async (): Promise<Prepared> => {
  const appId = await newApplication(tenant);
  const ids = await send(appId);
  return { target: await newEndpoint(tenant, appId), ids };
};

/** An endpoint that has an attempt of each message, all with this answer, and answers now. */
const attemptedEndpoint = async (status: number): Promise<Prepared> => {
  const target = await newTarget(tenant);
  receiver().behave(target.path, { kind: 'answer', statuses: [status] });
  const ids = await send(target.appId);
  for (const id of ids) await untilAttempts(target, id, 1);
  receiver().behave(target.path, { kind: 'answer', statuses: [200] });
  return { target, ids };
};

const untilAttempts = (target: Target, id: string, count: number) =>
  eventually(`${count} attempts`, async () => {
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, id);
    return data.length >= count ? data : undefined;
  });

/** Each kind of replay: what it replays, how it is started, and how many attempts a message had before. */
const KINDS = [
  {
    kind: 'a replay of what is missing',
    prepare: lateEndpoint,
    start: ({ appId, endpointId }: Target) => tenant.svix.endpoint.replayMissing(appId, endpointId, { since }),
    before: 0,
  },
  {
    kind: 'a recovery',
    prepare: () => attemptedEndpoint(500),
    start: ({ appId, endpointId }: Target) => tenant.svix.endpoint.recover(appId, endpointId, { since }),
    before: 1,
  },
  {
    kind: 'a bulk replay',
    prepare: () => attemptedEndpoint(200),
    start: ({ appId, endpointId }: Target) =>
      tenant.svix.endpoint.bulkReplay(appId, endpointId, { since, eventTypes: [RETRIED_LATER] }),
    before: 1,
  },
] as const;

const KILLS = [
  ['when its tasks are published', { operation: 'PublishBatch', kind: 'killed-after', about: 'app' }],
  [
    'when it has written down what it published',
    { operation: 'TransactWriteItems', kind: 'killed-after', about: 'task' },
  ],
  ['before it has written that down', { operation: 'TransactWriteItems', kind: 'killed-before', about: 'task' }],
] as const;

describe.each(KINDS)('$kind', ({ prepare, start, before }) => {
  const replay = async (target: Target) => untilEnded(tenant, (await start(target)).id);

  /** Each of these messages arrived and has one attempt more, however often its task was published. */
  const expectOneMoreEach = async (target: Target, ids: readonly string[]): Promise<void> => {
    await untilReceived(target, before * COUNT + ids.length);
    await untilLaneIsEmpty();
    expect([...new Set(idsOf(receivedBy(target).slice(before * COUNT)))].toSorted()).toEqual(ids.toSorted());
    for (const id of ids) {
      const attempts = await untilAttempts(target, id, before + 1);
      expect(attempts).toHaveLength(before + 1);
      expect(attempts[0]).toMatchObject({ endpointId: target.endpointId, status: 0 });
    }
  };

  // How a step is taken again is the same for all of them: where it hurts most is seen for each.
  test.each(before === 0 ? KILLS : KILLS.slice(0, 1))('whose step is killed %s ends, and each message has one attempt', async (_title, kill) => {
    const { target, ids } = await prepare();
    const about = kill.about === 'app' ? target.appId : `${tenant.orgId}#TASKS`;
    const kills = steps.meet({ operation: kill.operation, about, fault: { kind: kill.kind }, times: 1 });
    expect(await replay(target)).toMatchObject({ status: 'finished' });
    expect(kills()).toBe(1);
    await expectOneMoreEach(target, ids);
  });

  test('whose tasks are refused for a while publishes them once that has passed, and counts each once', async () => {
    const { target, ids } = await prepare();
    const refusals = steps.meet({
      ...{ operation: 'PublishBatch', about: target.appId, fault: { kind: 'throttled' }, times: 8 },
    });
    expect(await replay(target)).toMatchObject({ status: 'finished', data: { messagesSent: ids.length } });
    expect(refusals()).toBe(8);
    await expectOneMoreEach(target, ids);
  });

  test('passes what has no payload any more, and sends what is around it', async () => {
    const { target, ids } = await prepare();
    const [first = '', expunged = '', ...others] = ids;
    await tenant.svix.message.expungeContent(target.appId, expunged);
    expect(await replay(target)).toMatchObject({ status: 'finished', data: { messagesSent: ids.length - 1 } });
    await expectOneMoreEach(target, [first, ...others]);
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, expunged);
    expect(data).toHaveLength(before);
  });
});
