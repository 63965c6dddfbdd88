import { jest } from '@jest/globals';
import { MessageStatus } from 'svix';
import { executionStatus, forgetSteps, runFrom, takeStep, untilEnded } from './background-task.ts';
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
import { untilAnnounced, useSubscription } from './domain-events.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

/** The local stage's event type whose retries are an hour away. */
const RETRIED_LATER = 'test.retried-later';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});
const subscription = useSubscription(() => tenant.orgId);

const since = new Date(Date.now() - 60_000);
const send = async ({ appId }: Pick<Target, 'appId'>, eventType = RETRIED_LATER): Promise<string> =>
  (await tenant.svix.message.create(appId, { eventType, payload: { x: 1 } })).id;
const attempts = async ({ appId }: Target, messageId: string) =>
  (await tenant.svix.messageAttempt.listByMsg(appId, messageId)).data;
const untilAttempted = (target: Target, messageId: string, count: number) =>
  eventually(`${count} attempts`, async () => {
    const found = await attempts(target, messageId);
    return found.length >= count ? found : undefined;
  });

/** An endpoint that failed at some messages, and answers now. */
const failedTarget = async (count: number): Promise<{ target: Target; ids: readonly string[] }> => {
  const target = await newTarget(tenant);
  receiver().behave(target.path, { kind: 'answer', statuses: [500] });
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await send(target));
  for (const id of ids) await untilAttempted(target, id, 1);
  receiver().behave(target.path, { kind: 'answer', statuses: [200] });
  return { target, ids };
};

/** An endpoint that was made after messages of its application were sent. */
const lateEndpoint = async (count: number, more: Parameters<typeof newEndpoint>[2] = {}) => {
  const appId = await newApplication(tenant);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await send({ appId }));
  return { target: await newEndpoint(tenant, appId, more), ids };
};

describe('recovering an endpoint', () => {
  test('sends what failed once more, under the same ids, tells how many, and announces its end', async () => {
    const { target, ids } = await failedTarget(3);
    const fine = await send(target, 'fine');
    await untilReceived(target, 4);
    await untilAttempted(target, fine, 1);
    const started = await tenant.svix.endpoint.recover(target.appId, target.endpointId, { since });
    expect(started).toMatchObject({
      task: 'endpoint.recover',
      status: 'running',
      id: expect.stringMatching(/^qtask_/),
    });
    const ended = await untilEnded(tenant, started.id);
    expect(ended).toMatchObject({ status: 'finished', data: { messagesSent: 3, messagesMatched: 3, progress: 1 } });
    await untilAnnounced(
      subscription(),
      'background_task.finished',
      ({ data }) => 'taskId' in data && data.taskId === started.id,
    );
    const received = idsOf(await untilReceived(target, 7));
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(7);
    expect(received.slice(4).toSorted()).toEqual(ids.toSorted());
  });

  test('makes the attempt that was to come now, so that nothing is sent twice', async () => {
    const { target, ids } = await failedTarget(1);
    const [id = ''] = ids;
    const { id: taskId } = await tenant.svix.endpoint.recover(target.appId, target.endpointId, { since });
    await untilEnded(tenant, taskId);
    const [last] = await untilAttempted(target, id, 2);
    expect(last).toMatchObject({ status: 0, triggerType: 0 });
    const { data } = await tenant.svix.messageAttempt.listAttemptedDestinations(target.appId, id);
    expect(data[0]?.nextAttempt).toBeNull();
  });

  test('makes an attempt by hand where the schedule had ended', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    const id = await send(target, 'given.up');
    await untilAttempted(target, id, 5);
    receiver().behave(target.path, { kind: 'answer', statuses: [200] });
    await tenant.svix.endpoint.recover(target.appId, target.endpointId, { since });
    expect((await untilAttempted(target, id, 6))[0]).toMatchObject({ status: 0, triggerType: 1 });
  });

  test('whose step is taken again after a crash sends nothing twice', async () => {
    const { target, ids } = await failedTarget(2);
    const { id } = await tenant.svix.endpoint.recover(target.appId, target.endpointId, { since });
    await untilEnded(tenant, id);
    for (const messageId of ids) await untilAttempted(target, messageId, 2);
    await forgetSteps(tenant.orgId, id);
    await expect(takeStep(tenant.orgId, id)).resolves.toMatchObject({ next: 'end' });
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(4);
    for (const messageId of ids) expect(await attempts(target, messageId)).toHaveLength(2);
  });
});

describe('replaying what is missing', () => {
  test('sends an endpoint what was accepted before it was made, and each message once', async () => {
    const { target, ids } = await lateEndpoint(3);
    const { id } = await tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, { since });
    expect(await untilEnded(tenant, id)).toMatchObject({
      task: 'endpoint.replay',
      status: 'finished',
      data: { messagesSent: 3 },
    });
    expect(idsOf(await untilReceived(target, 3)).toSorted()).toEqual(ids.toSorted());
    for (const messageId of ids) await untilAttempted(target, messageId, 1);
    const again = await tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, { since });
    expect(again.id).not.toBe(id);
    expect(await untilEnded(tenant, again.id)).toMatchObject({ data: { messagesSent: 0 } });
  });

  test('sends what the endpoint asks for and nothing else', async () => {
    const { target, ids } = await lateEndpoint(1, { eventTypes: [RETRIED_LATER] });
    await send(target, 'other');
    const { id } = await tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, { since });
    expect(await untilEnded(tenant, id)).toMatchObject({ data: { messagesSent: 1 } });
    expect(idsOf(await untilReceived(target, 1))).toEqual(ids);
  });
});

describe('a bulk replay', () => {
  test('counts in a dry run, and sends what matches, delivered or not', async () => {
    const target = await newTarget(tenant);
    const wanted = [await send(target, 'wanted'), await send(target, 'wanted')];
    const other = await send(target, 'other');
    for (const messageId of [...wanted, other]) await untilAttempted(target, messageId, 1);
    const path = `/api/v1/app/${target.appId}/endpoint/${target.endpointId}/bulk-replay`;
    const text = JSON.stringify({ since, eventTypes: ['wanted'], status: 0, dryRun: true });
    const dry = await call('POST', path, { token: tenant.token, text });
    expect(dry).toMatchObject({ status: 202, body: { task: 'endpoint.bulk-replay' } });
    const counted = await untilEnded(tenant, (dry.body as { id: string }).id);
    expect(counted).toMatchObject({ status: 'finished', data: { dryRun: true, messagesMatched: 2, messagesSent: 0 } });
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(3);

    const filter = { since, eventTypes: ['wanted'], status: MessageStatus.Success };
    const { id } = await tenant.svix.endpoint.bulkReplay(target.appId, target.endpointId, filter);
    expect(await untilEnded(tenant, id)).toMatchObject({ status: 'finished', data: { messagesSent: 2 } });
    expect(
      idsOf(await untilReceived(target, 5))
        .slice(3)
        .toSorted(),
    ).toEqual(wanted.toSorted());
  });
});

describe('a replay that runs', () => {
  test('is joined by a second call that asks for the same, and ends when it is cancelled', async () => {
    // Half a message a second: five, and then ten seconds of waiting.
    const { target } = await lateEndpoint(7, { throttleRate: 1 });
    const start = () => tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, { since });
    const first = await start();
    expect((await start()).id).toBe(first.id);
    const other = await tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, {
      since: new Date(since.getTime() + 1),
    });
    expect(other.id).not.toBe(first.id);
    await eventually('the first step', async () => {
      const { data } = await tenant.svix.backgroundTask.get(first.id);
      return data.messagesSent > 0 ? true : undefined;
    });
    for (const { id } of [first, other]) {
      const canceled = await call('POST', `/api/v1/background-task/${id}/cancel`, { token: tenant.token });
      expect(canceled).toMatchObject({ status: 200, body: { status: 'failed', data: { reason: 'canceled' } } });
    }
    expect(await tenant.svix.backgroundTask.get(first.id)).toMatchObject({ status: 'failed' });
    expect((await start()).id).not.toBe(first.id);
  });

  test('is the same for a call that is repeated with its idempotency key, also when it has ended', async () => {
    const { target } = await lateEndpoint(1);
    const start = () =>
      tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, { since }, { idempotencyKey: 'once' });
    const { id } = await start();
    await untilEnded(tenant, id);
    expect((await start()).id).toBe(id);
  });

  test('goes on in a new execution, long before the history of the one it has is full', async () => {
    // Five a step: whatever the first execution sends before it ends, more than a step is left.
    const { target, ids } = await lateEndpoint(12, { throttleRate: 1 });
    const { id } = await tenant.svix.endpoint.replayMissing(target.appId, target.endpointId, { since });
    await call('POST', `/api/v1/background-task/${id}/cancel`, { token: tenant.token });
    await eventually('the end of the first execution', async () =>
      (await executionStatus(id, '0')) === 'SUCCEEDED' ? true : undefined,
    );
    await forgetSteps(tenant.orgId, id);
    await runFrom(tenant.orgId, id, 499);
    await eventually('the execution that follows', async () =>
      (await executionStatus(id, '1')) === undefined ? undefined : true,
    );
    expect(await untilEnded(tenant, id)).toMatchObject({ status: 'finished' });
    expect(new Set(idsOf(await untilReceived(target, 12)))).toEqual(new Set(ids));
    expect(await executionStatus(id, 'test')).toBe('SUCCEEDED');
  });
});
