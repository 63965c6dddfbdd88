import { type Item, NOW_MS, newApplication, newId, samplesOf } from './history-table.samples.ts';
import { MOST_ROWS, type UsagePorts, usageByHour, usageOfApplications } from './usage.ts';
import { fakeUsageTable } from './usage-table.fake.ts';

const mine = newApplication();
const sibling = { ...mine, appId: newId('app') };
const gone = { ...mine, appId: newId('app') };
const idle = { ...mine, appId: newId('app') };
const theirs = newApplication();
const hours = { from: '2026-11-22T23', to: '2026-11-23T01' };
const ITEMS: readonly Item[] = [
  ...samplesOf(mine).applicationItems('customer-7'),
  ...samplesOf(mine).used('2026-11-22T22', { messages: 100, bytes: 100, attempts: 100 }),
  ...samplesOf(mine).used('2026-11-22T23', { messages: 1, bytes: 10, attempts: 2 }),
  ...samplesOf(mine).used('2026-11-23T01', { messages: 2, bytes: 20 }),
  ...samplesOf(mine).used('2026-11-23T01', { attempts: 4 }, 'shard-2'),
  ...samplesOf(mine).used('2026-11-23T02', { messages: 100, bytes: 100, attempts: 100 }),
  ...samplesOf(sibling).used('2026-11-23T00', { messages: 7, bytes: 70, attempts: 7 }),
  ...samplesOf(gone).used('2026-11-23T00', { attempts: 1 }),
  ...samplesOf(theirs).used('2026-11-23T00', { messages: 1000, bytes: 1000, attempts: 1000 }),
];

const ports = (items: readonly Item[] = ITEMS): UsagePorts => ({
  ...fakeUsageTable(items),
  findApplication: async (orgId, idOrUid) => {
    const all = { [mine.appId]: mine, 'customer-7': mine, [sibling.appId]: sibling, [idle.appId]: idle };
    const found = orgId === mine.orgId ? all[idOrUid] : undefined;
    return found && { ...found, version: 1 };
  },
  now: () => NOW_MS,
  mintTaskId: () => 'qtask_1',
});

const statsOf = async (applications?: readonly string[], orgId = mine.orgId) => {
  const answer = await usageOfApplications(orgId, { hours, ...(applications && { applications }) }, ports());
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
};

const OF_MINE = { appId: mine.appId, appUid: 'customer-7', messageDestinations: 6, messages: 3, bytes: 30 };
const OF_SIBLING = { appId: sibling.appId, appUid: null, messageDestinations: 7, messages: 7, bytes: 70 };

describe('the usage of applications', () => {
  test('is a task that has ended, with the sums over hours and shards in it', async () => {
    await expect(statsOf([mine.appId])).resolves.toEqual({
      ...{ id: 'qtask_1', status: 'finished', task: 'application.stats', updatedAt: '2026-11-23T12:00:00.000Z' },
      ...{ unresolvedAppIds: [], data: { appStats: [OF_MINE] } },
    });
  });

  test('is that of every application of the organisation that used anything, one deleted since included', async () => {
    const { data } = await statsOf();
    const ofGone = { appId: gone.appId, appUid: null, messageDestinations: 1, messages: 0, bytes: 0 };
    const expected = [OF_MINE, OF_SIBLING, ofGone].toSorted((one, other) => (one.appId < other.appId ? -1 : 1));
    expect(data.appStats).toEqual(expected);
  });

  test('is zero for one that is named and used nothing, and says which names it does not know', async () => {
    const { data, unresolvedAppIds } = await statsOf([idle.appId, 'nobody', theirs.appId]);
    expect(data.appStats).toEqual([{ appId: idle.appId, appUid: null, messageDestinations: 0, messages: 0, bytes: 0 }]);
    expect(unresolvedAppIds).toEqual(['nobody', theirs.appId]);
  });

  test('of one that is named by its id and by its uid comes once', async () => {
    expect((await statsOf([mine.appId, 'customer-7'])).data.appStats).toEqual([OF_MINE]);
  });

  test('is refused when none of those named exists', async () => {
    const answer = await usageOfApplications(mine.orgId, { hours, applications: [theirs.appId] }, ports());
    expect(answer).toMatchObject({ ok: false, error: { kind: 'invalid', problems: [{ loc: ['body', 'appIds'] }] } });
  });

  test('is refused, and not cut, when one call would read too much, on one day or on all of them', async () => {
    const rowsAt = (hour: string, count: number) =>
      Array.from({ length: count }, (_, n) => samplesOf(mine).used(hour, { messages: 1 }, `shard-${n}`)).flat();
    const answer = (items: readonly Item[]) => usageOfApplications(mine.orgId, { hours }, ports(items));
    const half = MOST_ROWS / 2;
    const first = rowsAt('2026-11-22T23', half);
    const tooMuch = { ok: false, error: { kind: 'limit-reached' } };
    await expect(answer(rowsAt('2026-11-23T00', MOST_ROWS + 1))).resolves.toMatchObject(tooMuch);
    await expect(answer([...first, ...rowsAt('2026-11-23T00', half)])).resolves.toMatchObject({ ok: true });
    await expect(answer([...first, ...rowsAt('2026-11-23T00', half + 1)])).resolves.toMatchObject(tooMuch);
  });
});

describe('the usage of one application', () => {
  test('is told hour by hour, in order, and an hour without anything is left out', async () => {
    await expect(usageByHour(mine, hours, ports())).resolves.toEqual({
      ok: true,
      value: [
        { hour: '2026-11-22T23:00:00.000Z', messages: 1, bytes: 10, attempts: 2 },
        { hour: '2026-11-23T01:00:00.000Z', messages: 2, bytes: 20, attempts: 4 },
      ],
    });
  });

  test('is nothing where nothing was used', async () => {
    await expect(usageByHour(idle, hours, ports())).resolves.toEqual({ ok: true, value: [] });
  });
});
