import fc from 'fast-check';
import { DUE_BUCKET_MS, DUE_SHARDS, dueBucket, dueShard, isClosed, storedDueAt } from './due-time.ts';

const NOW = 1_800_000_000_000;
const times = fc.integer({ min: NOW - 10 * 86_400_000, max: NOW + 10 * 86_400_000 });

describe('the time under which something waits', () => {
  test('is the time at which it is due', () => {
    fc.assert(fc.property(fc.integer({ min: NOW, max: NOW + 86_400_000 }), (due) => storedDueAt(due, NOW) === due));
  });

  test('is now, when that lies so far back that no sweep looks there', () => {
    expect(storedDueAt(NOW - 86_400_000, NOW)).toBe(NOW);
  });

  test('never lies in a bucket that a sweep may have left behind, even where clocks differ by almost three minutes', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 3 * 60_000 - 1 }), (due, aheadMs) => {
        expect(isClosed(dueBucket(storedDueAt(due, NOW)), NOW + aheadMs)).toBe(false);
      }),
    );
  });
});

test('what is due at the same time spreads over all shards alike', () => {
  const shards = Array.from({ length: 4_000 }, (_, n) => dueShard(`msg_${n}#ep_1#2`));
  for (const shard of DUE_SHARDS) {
    const share = shards.filter((one) => one === shard).length;
    expect(share).toBeGreaterThan(800);
    expect(share).toBeLessThan(1_200);
  }
});

test('a bucket is five minutes', () => {
  expect(dueBucket(DUE_BUCKET_MS - 1)).toBe(0);
  expect(dueBucket(DUE_BUCKET_MS)).toBe(1);
});
