import { cursor } from './ordered/log.fake.ts';
import { parkWorld } from './park-world.fake.ts';

const ORDERED = { orderedSince: 1 };
/** Handles one look after the other, as many as come within this time. */
const lookFor = async (world: ReturnType<typeof parkWorld>, ms: number): Promise<void> => {
  const until = world.now() + ms;
  while (world.now() < until && world.wakes().length > 0) await world.lookOnce();
};
const waits = (world: ReturnType<typeof parkWorld>, orderingKey: string, blockedBy: string): void =>
  void world.cursors.set(orderingKey, cursor({ orderingKey, next: 4, blockedBy, blockedUntil: world.now() + 600_000 }));

describe('a look at an ordered endpoint', () => {
  test('wakes the logs that wait for it when it is enabled', async () => {
    const world = parkWorld();
    await world.set({ ...ORDERED, disabled: false });
    waits(world, 'a', 'disabled');
    waits(world, 'b', 'disabled');
    await world.wakeNow();
    await world.lookOnce();
    expect(world.looks.map(({ orderingKey }) => orderingKey)).toEqual(['a', 'b']);
    expect(world.drained).toEqual(['release']);
  });

  test('has one log try whether it answers again, however many wait, and one at a time', async () => {
    const world = parkWorld();
    const breaker = { openedAt: 1, until: world.now() - 1, probes: 0, reason: 'timed-out' };
    await world.set({ ...ORDERED, breaker });
    for (const key of ['a', 'b', 'c']) waits(world, key, 'breaker');
    await world.wakeNow();
    const [again] = world.wakes();
    await world.lookOnce();
    if (again !== undefined) world.wakes().push(again);
    await lookFor(world, 50_000);
    expect(world.drained.slice(0, 2)).toEqual(['probe', 'superseded']);
    expect(world.looks[0]).toMatchObject({ orderingKey: 'a', probe: true, number: 4 });
    expect(world.looks.filter(({ wakeAt }) => wakeAt < (again?.at ?? 0) + 50_000)).toHaveLength(1);
  });

  test('wakes all that wait when its breaker has closed', async () => {
    const world = parkWorld();
    await world.set(ORDERED);
    for (const key of ['a', 'b', 'c']) waits(world, key, 'breaker');
    await world.wakeNow();
    await world.lookOnce();
    expect(world.looks.map(({ probe }) => probe)).toEqual([undefined, undefined, undefined]);
  });

  test('closes the breaker when nothing waits that could try it', async () => {
    const world = parkWorld();
    const breaker = { openedAt: 1, until: world.now() - 1, probes: 0, reason: 'timed-out' };
    await world.set({ ...ORDERED, breaker });
    waits(world, 'a', 'retry');
    await world.wakeNow();
    await world.lookOnce();
    expect(world.looks).toEqual([]);
    expect((await world.store.readState(world.ref)).endpoint?.breaker).toBeUndefined();
  });

  test('sends parked tasks on as ever, beside its logs', async () => {
    const world = parkWorld();
    await world.set({ ...ORDERED, disabled: true });
    await world.park(['msg_1', 'msg_2'], 'disabled');
    waits(world, 'a', 'disabled');
    await world.set({ disabled: false });
    await world.wakeNow();
    await lookFor(world, 50_000);
    expect(world.lane).toHaveLength(2);
    expect(world.looks.length).toBeGreaterThanOrEqual(1);
  });
});
