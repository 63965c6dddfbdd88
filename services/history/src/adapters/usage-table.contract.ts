import { type Item, newApplication, newId, samplesOf } from '../domain/history-table.samples.ts';
import type { CountedUsage } from '../domain/usage.ts';
import type { UsageTable } from '../domain/usage-table.fake.ts';

/** The promises of whoever reads usage. `holding` gives it what the test says is there. */
export const usageTableContract = (holding: (items: readonly Item[]) => Promise<UsageTable>): void => {
  const DAY = '2026-11-22';
  const MOST = 1000;
  const mine = newApplication();
  const sibling = { ...mine, appId: newId('app') };
  const [ofMine, ofSibling] = [samplesOf(mine), samplesOf(sibling)];
  const sorted = (rows: readonly CountedUsage[] | 'too-much') =>
    rows === 'too-much'
      ? rows
      : rows
          .map(({ appId, hour, messages, bytes, attempts }) => [appId, hour, messages, bytes, attempts])
          .toSorted((one, other) => (String(one) < String(other) ? -1 : 1));

  test('of a day is every row of it, whatever the stream told it, and none of another day', async () => {
    const table = await holding([
      ...ofMine.used('2026-11-21T23', { messages: 1 }),
      ...ofMine.used('2026-11-22T00', { messages: 2, bytes: 300, attempts: 4 }),
      ...ofMine.used('2026-11-22T00', { attempts: 5 }, 'shard-2'),
      ...ofMine.used('2026-11-22T23', { messages: 6 }),
      ...ofMine.used('2026-11-23T00', { messages: 7 }),
    ]);
    const rows = await table.usageOfDay({ orgId: mine.orgId, appIds: [mine.appId] }, DAY, MOST);
    expect(sorted(rows)).toEqual([
      [mine.appId, '2026-11-22T00', 0, 0, 5],
      [mine.appId, '2026-11-22T00', 2, 300, 4],
      [mine.appId, '2026-11-22T23', 6, 0, 0],
    ]);
  });

  test('of an organisation has all its applications, and no other organisation', async () => {
    const hour = '2026-11-22T10';
    const other = newApplication();
    const table = await holding([
      ...ofMine.used(hour, { messages: 1 }),
      ...ofSibling.used(hour, { messages: 2 }),
      ...samplesOf(other).used(hour, { messages: 4 }),
      ...samplesOf({ ...mine, orgId: `${mine.orgId}x` }).used(hour, { messages: 8 }),
    ]);
    const rows = await table.usageOfDay({ orgId: mine.orgId }, DAY, MOST);
    const messages = rows === 'too-much' ? [] : rows.filter((row) => row.hour === hour).map((row) => row.messages);
    expect(messages.toSorted()).toEqual([1, 2]);
    await expect(table.usageOfDay({ orgId: mine.orgId, appIds: [other.appId] }, DAY, MOST)).resolves.toEqual([]);
    await expect(table.usageOfDay({ orgId: mine.orgId, appIds: [] }, DAY, MOST)).resolves.toEqual([]);
  });

  test('of more rows than are wanted is told as too much', async () => {
    const fresh = newApplication();
    const hours = ['00', '01', '02', '03'].map((hour) => `2026-11-22T${hour}`);
    const table = await holding(hours.flatMap((hour) => samplesOf(fresh).used(hour, { messages: 1 })));
    await expect(table.usageOfDay({ orgId: fresh.orgId }, DAY, 3)).resolves.toBe('too-much');
    await expect(table.usageOfDay({ orgId: fresh.orgId }, DAY, 4)).resolves.toHaveLength(4);
  });

  test('is read to the last row, however many there are', async () => {
    const fresh = newApplication();
    const filler = { note: 'x'.repeat(100_000) } as object;
    const shards = Array.from({ length: 25 }, (_, n) => `shard-${n}`);
    const table = await holding(
      shards.flatMap((shard) => samplesOf(fresh).used('2026-11-22T05', { messages: 1, ...filler }, shard)),
    );
    await expect(table.usageOfDay({ orgId: fresh.orgId }, DAY, MOST)).resolves.toHaveLength(25);
  });

  test('knows what owners call their applications, where they call them anything and have not deleted them', async () => {
    const [named, nameless, deleted, absent] = [newApplication(), newApplication(), newApplication(), newApplication()];
    const table = await holding([
      ...samplesOf(named).applicationItems('customer-7').slice(0, 1),
      ...samplesOf(nameless).applicationItems('x', { uid: undefined }).slice(0, 1),
      ...samplesOf(deleted).applicationItems('old', { deletedAt: '2026-11-01T00:00:00.000Z' }).slice(0, 1),
    ]);
    const uids = await table.uidsOf([named, nameless, deleted, absent]);
    expect([...uids]).toEqual([[named.appId, 'customer-7']]);
  });
};
