import { type LostRace, untilSettled } from './contended.ts';

const waiting = (waits: number[]) => ({ sleep: async (ms: number) => void waits.push(ms), random: () => 0.999 });

test('a change that loses its race is decided again, after longer and longer waits', async () => {
  const outcomes: (LostRace | 'saved')[] = ['lost-race', 'lost-race', 'saved'];
  const waits: number[] = [];
  await expect(untilSettled(async () => outcomes.shift() ?? 'lost-race', waiting(waits))).resolves.toBe('saved');
  expect(waits).toEqual([24, 49]);
});

test('a change that always loses is a fault', async () => {
  const waits: number[] = [];
  await expect(untilSettled(async () => 'lost-race' as const, waiting(waits))).rejects.toThrow('8 repeats');
  expect(waits).toHaveLength(8);
});

test('a fault is not tried again', async () => {
  let tries = 0;
  const fail = async () => {
    tries += 1;
    throw new Error('no table');
  };
  await expect(untilSettled(fail, waiting([]))).rejects.toThrow('no table');
  expect(tries).toBe(1);
});
