import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { dueKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import { type DueTask, dueItem } from '@fanfare/events/due-item';
import { jest } from '@jest/globals';
import { idsOf, newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { runSweep } from './run-sweep.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

/** The local stage's event type whose retries are an hour away. */
const RETRIED_LATER = 'test.retried-later';
const TWO_MINUTES = 120_000;
jest.setTimeout(PATIENCE_MILLISECONDS + TWO_MINUTES);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

/** A second attempt that is due in so many milliseconds, of a message that no endpoint matched. */
const dueIn = async ({ appId, endpointId }: Target, ms: number): Promise<DueTask> => {
  const { id, timestamp } = await tenant.svix.message.create(appId, { eventType: 'a', payload: { x: 1 } });
  const task = {
    v: 1,
    orgId: tenant.orgId,
    appId,
    messageId: id,
    endpointId,
    attempt: 2,
    trigger: 'scheduled',
    eventType: 'a',
    acceptedAt: timestamp.getTime(),
    copyId: 'copy',
  } as const;
  return { kind: 'due', what: 'task', dueAt: Date.now() + ms, task, attributes: { lane: 'webhook' } };
};

const keep = async (item: DueTask): Promise<void> =>
  void (await dueWriter(testTableClient(), await contractValue('table/name'), Date.now)(item));

const isKept = async (item: DueTask): Promise<boolean> => {
  const Key = dueKey({ dueAt: item.dueAt, what: item.what, id: dueId(item) });
  const { Item } = await testTableClient().send(
    new GetCommand({ TableName: await contractValue('table/name'), Key, ConsistentRead: true }),
  );
  return Item !== undefined;
};

/** No event type matches, so nothing but a due item leads to this endpoint. */
const quietTarget = () => newTarget(tenant, { eventTypes: ['nothing.like.it'] });

describe('what is due', () => {
  // The first test of the file, before any of them runs a sweep itself.
  test('is found by the schedule alone', async () => {
    const target = await quietTarget();
    await keep(await dueIn(target, 1_000));
    const look = () => (receivedBy(target).length > 0 ? true : undefined);
    await expect(eventually('the due request', look, TWO_MINUTES)).resolves.toBe(true);
  });

  test('soon is put back into its lane, delivered with the body that the message has, and kept no longer', async () => {
    const target = await quietTarget();
    const item = await dueIn(target, 3_000);
    await keep(item);
    await runSweep();
    expect(await isKept(item)).toBe(false);
    const [request] = await untilReceived(target, 1);
    expect(request?.body.toString()).toBe('{"x":1}');
    expect(request?.receivedAtMs).toBeGreaterThanOrEqual(item.dueAt);
    expect(idsOf(receivedBy(target))).toEqual([item.task.messageId]);
  });

  test('later stays where it is', async () => {
    const target = await quietTarget();
    const item = await dueIn(target, 600_000);
    await keep(item);
    await runSweep();
    expect(await isKept(item)).toBe(true);
  });

  test('is attempted once, however often it was written and by however many sweeps at once', async () => {
    const targets = await Promise.all([quietTarget(), quietTarget()]);
    const items = await Promise.all(
      targets.flatMap((target) => Array.from({ length: 20 }, () => dueIn(target, 1_000))),
    );
    await Promise.all([...items, ...items].map(keep));
    await Promise.all([runSweep(), runSweep(), runSweep()]);
    await Promise.all(targets.map((target) => untilReceived(target, 20)));
    await untilLaneIsEmpty();
    for (const [index, target] of targets.entries()) {
      const expected = items.slice(index * 20, index * 20 + 20).map(({ task }) => task.messageId);
      expect(new Set(idsOf(receivedBy(target)))).toEqual(new Set(expected));
      const { data } = await tenant.svix.messageAttempt.listByEndpoint(target.appId, target.endpointId);
      expect(data).toHaveLength(20);
    }
    expect(await Promise.all(items.map(isKept))).toEqual(items.map(() => false));
  });
});

describe('a retry that is further away than a queue can wait', () => {
  test('is announced by the API, waits until it is due and is then made', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [503, 200] });
    const { id } = await tenant.svix.message.create(target.appId, { eventType: RETRIED_LATER, payload: { x: 1 } });
    const nextAttempt = await eventually('the announced attempt', async () => {
      const { data } = await tenant.svix.messageAttempt.listAttemptedDestinations(target.appId, id);
      return data[0]?.nextAttempt ?? undefined;
    });
    expect(nextAttempt.getTime()).toBeGreaterThan(Date.now() + 2_000_000);
    await untilLaneIsEmpty();
    const waiting = await dueItemOf(id, target.endpointId, nextAttempt.getTime());
    expect(waiting).toMatchObject({ what: 'task', task: { attempt: 2 }, attributes: { lane: 'webhook' } });
    // An hour passes.
    await keep({ ...waiting, dueAt: Date.now() });
    await runSweep();
    const requests = await untilReceived(target, 2);
    expect(idsOf(requests)).toEqual([id, id]);
    await eventually('the recorded success', async () => {
      const { data } = await tenant.svix.messageAttempt.listAttemptedDestinations(target.appId, id);
      return data[0]?.statusText === 'success' ? true : undefined;
    });
  });

  const dueItemOf = async (messageId: string, endpointId: string, dueAt: number): Promise<DueTask> => {
    const Key = dueKey({ dueAt, what: 'task', id: [messageId, endpointId, '2'] });
    const { Item } = await testTableClient().send(
      new GetCommand({ TableName: await contractValue('table/name'), Key, ConsistentRead: true }),
    );
    return dueItem.parse(Item) as DueTask;
  };
});
