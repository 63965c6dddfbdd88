import fc from 'fast-check';
import * as z from 'zod/mini';
import {
  type DeliveryTask,
  deliveryTask,
  hasHoppedTooOften,
  hopped,
  laneOf,
  MAX_HOPS,
  nextTask,
} from './delivery-task.ts';

/** As the first version wrote it. Tasks of it may lie in a queue for days. */
const oldest = {
  v: 1,
  orgId: 'org_1',
  appId: 'app_1',
  messageId: 'msg_1',
  endpointId: 'ep_1',
  attempt: 1,
  trigger: 'scheduled',
  eventType: 'user.created',
  acceptedAt: 1_795_452_630_479,
};
const accepts = (value: unknown): boolean => z.safeParse(deliveryTask, value).success;

test('a task of the first version is read', () => {
  expect(z.parse(deliveryTask, oldest)).toEqual(oldest);
});

test('a task comes out of a queue as it went in', () => {
  const task = fc.record({
    ...{ v: fc.constant(1), orgId: fc.string(), appId: fc.string(), messageId: fc.string(), endpointId: fc.string() },
    attempt: fc.integer({ min: 1, max: 999 }),
    trigger: fc.constantFrom('scheduled', 'manual'),
    eventType: fc.string(),
    channels: fc.array(fc.string()),
    tags: fc.array(fc.string()),
    acceptedAt: fc.nat(),
    copyId: fc.string(),
    lane: fc.constantFrom('webhook', 'aws'),
    payload: fc.record({ encoding: fc.constantFrom('identity', 'deflate'), base64: fc.base64String() }),
  });
  fc.assert(
    fc.property(task, (given) => {
      expect(z.parse(deliveryTask, JSON.parse(JSON.stringify(given)))).toEqual(given);
    }),
  );
});

test('what was decided for one attempt does not go with the next', () => {
  const decided = { slotAt: 7, late: 2, postponed: true, probe: true, hops: 3 } as const;
  const task = z.parse(deliveryTask, { ...oldest, ...decided });
  expect(nextTask(task, 'copy')).toEqual({ ...oldest, attempt: 2, copyId: 'copy' });
});

test('fields that a later version adds do not stop this one', () => {
  expect(accepts({ ...oldest, lane: 'ordered', hops: 3 })).toBe(true);
});

test.each([
  ['another version', { v: 2 }],
  ['the attempt 0', { attempt: 0 }],
  ['a time that no item can hold', { acceptedAt: 1e300 }],
  ['half an attempt', { attempt: 1.5 }],
  ['a trigger that nobody knows', { trigger: 'magic' }],
  ['no endpoint', { endpointId: undefined }],
  ['a payload in a packing that nobody knows', { payload: { encoding: 'zip', base64: '' } }],
])('a task with %s is refused', (_title, more) => {
  expect(accepts({ ...oldest, ...more })).toBe(false);
});

test.each([null, 'text', [], {}])('%p is no task', (value) => {
  expect(accepts(value)).toBe(false);
});

test.each([
  ['no lane', undefined, 'webhook'],
  ['its own lane', 'aws', 'aws'],
  ['a lane that a later version knows', 'ordered', 'webhook'],
] as const)('a task of %s goes back to a lane that is there', (_title, lane, expected) => {
  expect(laneOf(z.parse(deliveryTask, { ...oldest, ...(lane === undefined ? {} : { lane }) }))).toBe(expected);
});

test('a task counts how often it goes back into a lane, and sixteen times is not too often', () => {
  let task = z.parse(deliveryTask, oldest) as DeliveryTask;
  for (let hop = 1; hop <= MAX_HOPS; hop += 1) task = hopped(task);
  expect(z.parse(deliveryTask, JSON.parse(JSON.stringify(task)))).toEqual({ ...oldest, hops: MAX_HOPS });
  expect(hasHoppedTooOften(task)).toBe(false);
  expect(hasHoppedTooOften(hopped(task))).toBe(true);
});
