import { type Application, applicationCache } from './application-cache.ts';

const REF = { orgId: 'org_1', appId: 'app_1' };
const MINUTE = 60_000;

const setUp = () => {
  let now = 1_000_000;
  const table = new Map<string, Application>();
  const reads: string[] = [];
  const cache = applicationCache(
    async ({ appId }) => {
      reads.push(appId);
      return table.get(appId) ?? application(0);
    },
    () => now,
  );
  return {
    table,
    reads,
    pass: (ms: number) => {
      now += ms;
    },
    /** The application as a batch that begins now sees it. */
    seen: (version: number, appId = REF.appId) => cache.batch()({ ...REF, appId }, version),
    batch: cache.batch,
  };
};

const application = (version: number, endpoints = 0): Application => ({
  version,
  deleted: version === 0,
  subscribers: Array.from({ length: endpoints }, (_, n) => ({ id: `ep_${n}`, disabled: false, sinceVersion: 1 })),
  unreadable: [],
});

/** Reads until the cache trusts what it has. */
const settle = async ({ seen, pass }: ReturnType<typeof setUp>, version: number): Promise<void> => {
  await seen(version);
  pass(2_000);
  await seen(version);
};

describe('the cache of applications', () => {
  test('reads an application once for all messages of a batch', async () => {
    const { table, reads, batch } = setUp();
    table.set(REF.appId, application(4));
    const of = batch();
    await Promise.all([of(REF, 2), of(REF, 4), of(REF, 3)]);
    expect(reads).toHaveLength(1);
  });

  test('reads nothing while nothing changes', async () => {
    const world = setUp();
    world.table.set(REF.appId, application(4));
    await settle(world, 4);
    world.reads.length = 0;
    for (let second = 0; second < 25; second += 1) {
      world.pass(1_000);
      await world.seen(4);
    }
    expect(world.reads).toEqual([]);
  });

  test('reads again for a message of a newer version, so that a new endpoint gets the very next message', async () => {
    const world = setUp();
    world.table.set(REF.appId, application(4));
    await settle(world, 4);
    world.table.set(REF.appId, application(5, 1));
    await expect(world.seen(5)).resolves.toMatchObject({ version: 5, subscribers: [{ id: 'ep_0' }] });
  });

  test('does not believe a version whose endpoint a query may have missed', async () => {
    const world = setUp();
    world.table.set(REF.appId, application(5, 0)); // the new version, still without its endpoint
    await world.seen(5);
    world.table.set(REF.appId, application(5, 1));
    world.pass(10);
    await expect(world.seen(5)).resolves.toMatchObject({ subscribers: [{ id: 'ep_0' }] });
  });

  test('believes a version again two seconds after it first saw it', async () => {
    const world = setUp();
    world.table.set(REF.appId, application(5));
    await world.seen(5);
    world.pass(1_999);
    await world.seen(5);
    world.pass(1);
    await world.seen(5);
    expect(world.reads).toHaveLength(3);
    await world.seen(5);
    expect(world.reads).toHaveLength(3);
  });

  test('reads again after half a minute, whatever the version', async () => {
    const world = setUp();
    world.table.set(REF.appId, application(4, 1));
    await settle(world, 4);
    world.table.set(REF.appId, application(4, 2));
    world.pass(MINUTE / 2);
    await expect(world.seen(4)).resolves.toMatchObject({ subscribers: [{}, {}] });
  });

  test('does not remember a read that failed', async () => {
    let fails = true;
    const cache = applicationCache(
      async () => {
        if (fails) throw new Error('throttled');
        return application(1);
      },
      () => 0,
    );
    await expect(cache.batch()(REF, 1)).rejects.toThrow('throttled');
    fails = false;
    await expect(cache.batch()(REF, 1)).resolves.toMatchObject({ version: 1 });
  });

  test('forgets the applications that were not asked for the longest when it holds too many endpoints', async () => {
    const world = setUp();
    for (const appId of ['app_1', 'app_2', 'app_3']) world.table.set(appId, application(1, 9_000));
    for (const appId of ['app_1', 'app_2']) await world.seen(1, appId);
    world.pass(2_000);
    for (const appId of ['app_1', 'app_2', 'app_1']) await world.seen(1, appId);
    world.reads.length = 0;
    await world.seen(1, 'app_3'); // no room: app_2 has to go
    await world.seen(1, 'app_1');
    await world.seen(1, 'app_2');
    expect(world.reads).toEqual(['app_3', 'app_2']);
  });
});
