import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { cursorKey } from '@fanfare/core/keys';
import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import { jest } from '@jest/globals';
import {
  idsOf,
  newApplication,
  newEndpoint,
  receivedBy,
  type Target,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { republish } from './republish.ts';
import { runSweep } from './run-sweep.ts';
import { newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(4 * PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const ORDERED = { metadata: { 'fanfare.ordered': 'true' } };
const KEYS = Array.from({ length: 20 }, (_, n) => `customer-${n}`);
const MESSAGES_OF_A_KEY = 25;

const newOrdered = async (): Promise<Target> => newEndpoint(tenant, await newApplication(tenant), ORDERED);

/** Posts a message and answers its id. It is posted again at once, now and then, as a caller does who got no answer. */
const post = async (appId: string, orderingKey: string, n: number): Promise<string> => {
  const message = { eventType: 'invoice.paid', payload: { orderingKey, n }, transformationsParams: { orderingKey } };
  const options = { idempotencyKey: `${appId}-${orderingKey}-${n}` };
  const create = () => tenant.svix.message.create(appId, message, options);
  const made = await Promise.all(n % 7 === 0 ? [create(), create()] : [create()]);
  return (made[0] as (typeof made)[number]).id;
};

const takenBy = (target: Target) => receivedBy(target).filter(({ status }) => status === 200);

/** Messages of a key in the order in which they were taken for the first time. */
const firstTaken = (target: Target, orderingKey: string): readonly number[] => {
  const bodies = takenBy(target).map(({ body }) => JSON.parse(String(body)) as { orderingKey: string; n: number });
  return [...new Set(bodies.filter((body) => body.orderingKey === orderingKey).map(({ n }) => n))];
};

const untilTaken = (target: Target, count: number): Promise<true> =>
  eventually(
    `${count} messages taken`,
    () => (new Set(idsOf(takenBy(target))).size >= count ? true : undefined),
    3 * PATIENCE_MILLISECONDS,
  );

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('each key is received in the order of its posts, while requests fail and the worker is deployed again', async () => {
  const target = await newOrdered();
  receiver().behave(target.path, { kind: 'flaky', share: 0.1 });
  const posted = Promise.all(
    KEYS.map(async (orderingKey) => {
      for (const n of numbers(MESSAGES_OF_A_KEY)) await post(target.appId, orderingKey, n);
    }),
  );
  await untilTaken(target, 20);
  const [before, after] = await republish('deliver-ordered');
  expect(after).not.toBe(before);
  await posted;
  await untilTaken(target, KEYS.length * MESSAGES_OF_A_KEY);
  for (const orderingKey of KEYS) expect(firstTaken(target, orderingKey)).toEqual(numbers(MESSAGES_OF_A_KEY));
  expect(receivedBy(target).filter(({ status }) => status === 500).length).toBeGreaterThan(10);
});

describe('a message that fails', () => {
  test('holds up those of its own key, which follow in their order, and no other key', async () => {
    const target = await newOrdered();
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 500, 200] });
    const first = await post(target.appId, 'slow', 1);
    await untilReceived(target, 1);
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 500, 200] });
    for (const n of [2, 3]) await post(target.appId, 'slow', n);
    for (const n of [1, 2, 3]) await post(target.appId, 'quick', n);
    await untilTaken(target, 6);
    expect(firstTaken(target, 'slow')).toEqual([1, 2, 3]);
    expect(firstTaken(target, 'quick')).toEqual([1, 2, 3]);
    // Nothing of its key was sent before it was taken.
    const ofKey = receivedBy(target).filter(({ body }) => JSON.parse(String(body)).orderingKey === 'slow');
    expect(idsOf(ofKey.slice(0, 3))).toEqual([first, first, first]);
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, first);
    expect(data.map(({ responseStatusCode }) => responseStatusCode)).toEqual([200, 500, 500]);
  });
});

describe('an ordered endpoint', () => {
  test('that is disabled goes on where it stood when it is enabled', async () => {
    const target = await newOrdered();
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 200] });
    await post(target.appId, 'a', 1);
    await untilReceived(target, 1);
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { disabled: true });
    await eventually('the look that finds it disabled', async () => {
      await runSweep();
      return (await cursorOf(target, 'a'))?.blockedBy === 'disabled' ? true : undefined;
    });
    expect(receivedBy(target)).toHaveLength(1);
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { disabled: false });
    await runSweep();
    await post(target.appId, 'a', 2);
    await untilTaken(target, 2);
    expect(firstTaken(target, 'a')).toEqual([1, 2]);
  });

  test('that ceases to be ordered gets what waited in its logs all the same', async () => {
    const target = await newOrdered();
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 500, 500, 200] });
    for (const n of [1, 2, 3]) await post(target.appId, 'a', n);
    await untilReceived(target, 1);
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { metadata: { 'fanfare.ordered': 'false' } });
    await runSweep();
    await untilTaken(target, 3);
    await post(target.appId, 'a', 4);
    await untilTaken(target, 4);
  });
});

const cursorOf = async ({ appId, endpointId }: Target, orderingKey: string) => {
  const { Item } = await testTableClient().send(
    new GetCommand({
      TableName: await contractValue('table/name'),
      Key: cursorKey({ orgId: tenant.orgId, appId, endpointId, orderingKey }),
      ConsistentRead: true,
    }),
  );
  return Item as OrderedCursor | undefined;
};
