import { cursorAt } from './cursor-at.ts';
import { lookAfter } from './looked.ts';
import { CURSOR_REF, OK, orderedWorld } from './ordered-world.fake.ts';

const WAKE = { v: 2, ...CURSOR_REF, number: 7 } as const;

describe('a look that goes on from a wake-up', () => {
  test('is for the time that is asked for', () => {
    expect(lookAfter(WAKE, 8, 5_000)).toEqual({ ...WAKE, number: 8, wakeAt: 5_000 });
    expect(lookAfter({ ...WAKE, wakeAt: 4_000 }, 7, 5_000.5).wakeAt).toBe(5_001);
  });

  test('is never for the time of the wake-up, which the queue has had', () => {
    expect(lookAfter({ ...WAKE, wakeAt: 5_000 }, 7, 5_000).wakeAt).toBe(5_001);
    expect(lookAfter({ ...WAKE, wakeAt: 6_000 }, 7, 5_000).wakeAt).toBe(6_001);
  });

  test('comes once more when the one for the end of a lease finds it lasting, by a clock that is behind', async () => {
    const world = orderedWorld(() => OK);
    await world.setUp();
    await world.postNumbers(1, 1);
    const lease = { leaseId: 'of somebody', leaseUntil: world.now() + 90_000 };
    await world.store.moveCursor(
      CURSOR_REF,
      undefined,
      cursorAt(CURSOR_REF, { next: 1, attempt: 1 }, { lease }, world.now()),
    );
    await expect(world.look({ number: 1 })).resolves.toMatchObject({ kind: 'busy' });
    const [first] = world.queue();
    await expect(world.look({ number: 1, wakeAt: first?.wake.wakeAt })).resolves.toMatchObject({ kind: 'busy' });
    const [, second] = world.queue();
    expect(second?.wake.wakeAt).toBeGreaterThan(first?.wake.wakeAt ?? Number.POSITIVE_INFINITY);
  });
});
