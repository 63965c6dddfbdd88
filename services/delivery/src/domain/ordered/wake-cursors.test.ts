import type { OrderedCursor } from '@fanfare/events/ordered-cursor';
import { ACCEPTED_AT, endpoint, REF } from '../task.fake.ts';
import { cursor } from './log.fake.ts';
import type { Look } from './looked.ts';
import { firstWaiting, probeWith, wakeCursors } from './wake-cursors.ts';

const NOW = ACCEPTED_AT;
const application = { kind: 'application-version', version: 3 } as const;
const ordered = { application, endpoint: endpoint({ orderedSince: 1 }) };
const held = (orderingKey: string, blockedBy: string, next = 7): OrderedCursor =>
  cursor({ orderingKey, next, blockedBy, blockedUntil: NOW + 60_000 });

/** An endpoint's cursors, two to a page. */
const portsOf = (cursors: readonly OrderedCursor[]) => {
  const announced: Look[] = [];
  return {
    announced,
    readCursors: async (_ref: object, after = '') => {
      const rest = cursors.filter(({ orderingKey }) => orderingKey > after);
      const page = rest.slice(0, 2);
      return rest.length > 2 ? { cursors: page, after: page[1]?.orderingKey ?? '' } : { cursors: page };
    },
    announce: async (look: Look) => void announced.push(look),
    now: () => NOW,
  };
};

test('an endpoint that takes messages again has the logs woken that wait for that, and no others', async () => {
  const all = [
    cursor({ orderingKey: 'a' }),
    held('b', 'retry'),
    held('c', 'disabled'),
    held('d', 'rate'),
    held('e', 'breaker'),
  ];
  const ports = portsOf(all);
  await expect(wakeCursors(REF, ordered, 10, ports)).resolves.toBe(2);
  expect(ports.announced).toEqual([
    { v: 2, orgId: REF.orgId, appId: REF.appId, endpointId: REF.endpointId, orderingKey: 'c', number: 7, wakeAt: NOW },
    {
      v: 2,
      orgId: REF.orgId,
      appId: REF.appId,
      endpointId: REF.endpointId,
      orderingKey: 'e',
      number: 7,
      wakeAt: NOW + 100,
    },
  ]);
});

test('logs are woken at a rate, and as many as that lets through until somebody looks again', async () => {
  const ports = portsOf(Array.from({ length: 200 }, (_, n) => held(`k${String(n).padStart(3, '0')}`, 'breaker')));
  await expect(wakeCursors(REF, ordered, 2, ports)).resolves.toBe(120);
  expect(ports.announced.at(-1)?.wakeAt).toBe(NOW + 59_500);
});

test.each([
  ['was deleted', { application, endpoint: endpoint({ orderedSince: 1, deletedAt: '2026-01-01T00:00:00Z' }) }],
  ['ceased to be ordered', { application, endpoint: endpoint() }],
])('an endpoint that %s has every log woken that waits for anything', async (_title, state) => {
  const ports = portsOf([cursor({ orderingKey: 'a' }), held('b', 'retry'), held('c', 'rate')]);
  await expect(wakeCursors(REF, state, 10, ports)).resolves.toBe(2);
});

test('one log is found that can try whether an endpoint answers again, and told to', async () => {
  const ports = portsOf([held('a', 'retry'), held('b', 'retry'), held('c', 'retry'), held('d', 'breaker', 9)]);
  const found = await firstWaiting(REF, ordered, ports);
  expect(found).toMatchObject({ orderingKey: 'd' });
  if (found !== undefined) await probeWith(REF, found, ports);
  expect(ports.announced).toMatchObject([{ orderingKey: 'd', number: 9, probe: true, wakeAt: NOW }]);
  await expect(firstWaiting(REF, ordered, portsOf([held('a', 'retry')]))).resolves.toBeUndefined();
});
