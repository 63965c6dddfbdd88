import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { messageKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import { untilEnded } from './background-task.ts';
import { compactArchive } from './compaction.ts';
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
import { contractValue, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { type OpsRun, ops, opsJson, startOps } from './ops-command.ts';
import { runSweep } from './run-sweep.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
  // What others wrote need not be read through by each command.
  await compactArchive();
});

const since = new Date(Date.now() - 60_000);
const BY_HAND = 1;

type Application = Pick<Target, 'appId'>;

const send = async ({ appId }: Application, n: number, more: object = {}): Promise<string> =>
  (await tenant.svix.message.create(appId, { eventType: 'a', payload: { n }, ...more })).id;

/** Sends messages, one after the other, and waits until the archive has them. */
const archived = async (application: Application, count: number, more: object = {}): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await send(application, n, more));
  await eventually(`${count} messages in the archive`, async () => {
    const query = ['archive', 'query', '--app', application.appId, '--since', '1h', '--kind', 'message'];
    return (await opsJson<{ rows: object[] }>(...query)).rows.length >= count ? true : undefined;
  });
  return ids;
};

/** An endpoint that has got so many messages, all of them archived. */
const supplied = async (count: number): Promise<{ target: Target; ids: readonly string[] }> => {
  const target = await newTarget(tenant);
  const ids = await archived(target, count);
  await untilReceived(target, count);
  return { target, ids };
};

const replayOf = ({ appId, endpointId }: Target, ...more: readonly string[]): readonly string[] => [
  ...['archive', 'replay', '--app', appId, '--since', '1h', '--endpoint', endpointId, ...more],
];
const replay = (target: Target) => opsJson<Record<string, number>>(...replayOf(target));
const disable = ({ appId, endpointId }: Target, disabled: boolean) =>
  tenant.svix.endpoint.patch(appId, endpointId, { disabled });

const attemptsByHand = async ({ appId, endpointId }: Target, messageId: string) =>
  (await tenant.svix.messageAttempt.listByMsg(appId, messageId)).data.filter(
    (attempt) => attempt.endpointId === endpointId && attempt.triggerType === BY_HAND,
  );

/** Every message was sent again, and each by one attempt, however often its task was published. */
const expectOneReplayEach = async (target: Target, ids: readonly string[]): Promise<void> => {
  for (const id of ids) {
    await eventually(`the attempt of ${id}`, async () =>
      (await attemptsByHand(target, id)).length > 0 ? true : undefined,
    );
  }
  await untilLaneIsEmpty();
  for (const id of ids) expect(await attemptsByHand(target, id)).toMatchObject([{ status: 0 }]);
};

/** A slow replay, of which some was received and some was not yet published. */
const halfWay = async (target: Target): Promise<OpsRun> => {
  const before = receivedBy(target).length;
  const run = startOps(...replayOf(target, '--rate', '1', '--json'));
  await untilReceived(target, before + 1);
  return run;
};

describe('a replay from the archive', () => {
  test('is refused for an ordered endpoint, whose messages stay in their order', async () => {
    const target = await newEndpoint(tenant, await newApplication(tenant), { metadata: { 'fanfare.ordered': 'true' } });
    const ids = await archived(target, 4, { transformationsParams: { orderingKey: 'customer-1' } });
    await untilReceived(target, 4);
    for (const more of [[], ['--dry-run']]) {
      await expect(ops(...replayOf(target, ...more))).resolves.toEqual({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining(`The endpoint ${target.endpointId} is ordered`),
      });
    }
    await untilLaneIsEmpty();
    expect(idsOf(receivedBy(target))).toEqual(ids);
  });

  test('is refused for a disabled endpoint before anything is done, and sends everything once that is enabled', async () => {
    const { target, ids } = await supplied(3);
    await testTableClient().send(
      new DeleteCommand({
        TableName: await contractValue('table/name'),
        Key: messageKey({ orgId: tenant.orgId, appId: target.appId, messageId: ids[0] ?? '' }),
      }),
    );
    await disable(target, true);
    await expect(ops(...replayOf(target))).resolves.toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(`The endpoint ${target.endpointId} is disabled: enable it first.`),
    });
    await untilLaneIsEmpty();
    await disable(target, false);
    await expect(replay(target)).resolves.toMatchObject({ restored: 1, published: 3, attemptedBefore: 0 });
    await untilReceived(target, 6);
    await expectOneReplayEach(target, ids);
  });

  test('takes no more than half of a rate that its endpoint is held to', async () => {
    const { target } = await supplied(4);
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { throttleRate: 2 });
    await opsJson(...replayOf(target, '--rate', '500'));
    const times = (await untilReceived(target, 8)).slice(4).map(({ receivedAtMs }) => receivedAtMs);
    // Three intervals of a second, of which what comes late takes a part.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_400);
  });

  test('ends where its endpoint is disabled half way, and the same command sends the rest once it is enabled', async () => {
    const { target, ids } = await supplied(5);
    const run = await halfWay(target);
    await disable(target, true);
    const { exitCode, stdout, stderr } = await run.ended;
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/is disabled: enable it first\. What was published .* the same command goes on/),
    });
    const { published } = JSON.parse(stdout) as { published: number };
    expect([1, 2, 3, 4]).toContain(published);
    await disable(target, false);
    await runSweep();
    await replay(target);
    await expectOneReplayEach(target, ids);
  });

  test('that is killed half way sends the rest when it is run again, and nothing when it is run once more', async () => {
    const { target, ids } = await supplied(6);
    const run = await halfWay(target);
    run.kill();
    await expect(run.ended).resolves.toMatchObject({ exitCode: 1, stdout: '' });
    await untilLaneIsEmpty();
    const { published } = await replay(target);
    expect(published).toBeGreaterThan(0);
    await expectOneReplayEach(target, ids);
    const received = receivedBy(target).length;
    await expect(replay(target)).resolves.toMatchObject({ published: 0, attemptedBefore: 6, failedBefore: 0 });
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(received);
  });

  test('tells of what failed under its name before, which a recovery of the endpoint sends again', async () => {
    const appId = await newApplication(tenant);
    const [id = ''] = await archived({ appId }, 1);
    const target = await newEndpoint(tenant, appId);
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    await expect(replay(target)).resolves.toMatchObject({ published: 1 });
    await eventually('the attempt', async () => (await attemptsByHand(target, id))[0]);
    await expect(replay(target)).resolves.toMatchObject({ published: 0, attemptedBefore: 1, failedBefore: 1 });
    receiver().behave(target.path, { kind: 'answer', statuses: [200] });
    const { id: taskId } = await tenant.svix.endpoint.recover(appId, target.endpointId, { since });
    expect(await untilEnded(tenant, taskId)).toMatchObject({ status: 'finished', data: { messagesSent: 1 } });
    await eventually('its success', async () => (await attemptsByHand(target, id)).find(({ status }) => status === 0));
  });

  test('sends nothing before its time', async () => {
    const target = await newTarget(tenant);
    await archived(target, 1, { deliverAt: new Date(Date.now() + 3_600_000) });
    await expect(replay(target)).resolves.toMatchObject({ matched: 1, published: 0, leftOut: 1 });
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toEqual([]);
  });
});
