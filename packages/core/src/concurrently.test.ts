import { concurrently } from './concurrently.ts';

const later = async <T>(value: T, ms = 1): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value;
};

describe('concurrently', () => {
  test('answers in the order of the items, whichever ends first', async () => {
    await expect(concurrently(3, [3, 1, 2], (ms) => later(ms, ms * 3))).resolves.toEqual([3, 1, 2]);
  });

  test('never has more than the limit at work', async () => {
    let atWork = 0;
    let most = 0;
    await concurrently(4, Array.from({ length: 20 }), async () => {
      atWork += 1;
      most = Math.max(most, atWork);
      await later(undefined);
      atWork -= 1;
    });
    expect(most).toBe(4);
  });

  test('a failure is thrown after every other item has ended', async () => {
    const ended: number[] = [];
    const work = async (item: number): Promise<void> => {
      if (item === 1) throw new Error('first');
      if (item === 3) throw new Error('second');
      await later(undefined, item);
      ended.push(item);
    };
    await expect(concurrently(2, [1, 2, 3, 4], work)).rejects.toThrow('first');
    expect(ended).toEqual([2, 4]);
  });

  test('nothing to do is done at once', async () => {
    await expect(concurrently(5, [], later)).resolves.toEqual([]);
  });
});
