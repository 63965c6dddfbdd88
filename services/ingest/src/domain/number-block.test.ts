import { numberBlock } from './number-block.ts';

const log = { orgId: 'org_1', appId: 'app_1', orderingKey: 'a' };

/** A log in memory, and everything that was asked of it in its order. */
const world = () => {
  const state = { nowMs: 1_000_000, taken: 0, failing: false };
  const calls: string[] = [];
  const ports = {
    now: () => state.nowMs,
    takeNumbers: async (_log: typeof log, count: number) => {
      const first = state.taken + 1;
      state.taken += count;
      calls.push(`take ${count}`);
      return first;
    },
    closeNumber: async (_log: typeof log, number: number) => {
      if (state.failing) throw new Error('throttled');
      calls.push(`close ${number}`);
      return 'closed' as const;
    },
  };
  return { state, calls, ports };
};
/** A block for so many messages, and what takes the numbers of the next ones. */
const blockFor = (messages: number, ports: ReturnType<typeof world>['ports']) => {
  let left = messages;
  const block = numberBlock(log, () => left, ports);
  const take = async (count: number): Promise<number[]> => {
    const numbers: number[] = [];
    for (let n = 0; n < count; n += 1) {
      numbers.push(await block.takeNumber(log));
      left -= 1;
    }
    return numbers;
  };
  const passOver = (count: number) => {
    left -= count;
  };
  return { take, passOver, drop: block.drop };
};

test('numbers for many messages are taken in a few calls, as many as are wanted still, and rise', async () => {
  const { calls, ports } = world();
  const block = blockFor(60, ports);
  expect(await block.take(60)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
  await block.drop();
  expect(calls).toEqual(['take 25', 'take 25', 'take 10']);
});

test('nothing is taken until somebody asks, so that a batch that stands already takes none', async () => {
  const { calls, ports } = world();
  await blockFor(60, ports).drop();
  expect(calls).toEqual([]);
});

test('what is dropped is closed, once, and the next one is a new one', async () => {
  const { calls, ports } = world();
  const block = blockFor(4, ports);
  await block.take(2);
  await block.drop();
  await block.drop();
  expect(calls).toEqual(['take 4', 'close 3', 'close 4']);
  expect(await block.take(1)).toEqual([5]);
});

test('none are taken for messages that stand already', async () => {
  const { calls, ports } = world();
  const block = blockFor(10, ports);
  block.passOver(8);
  expect(await block.take(2)).toEqual([1, 2]);
  await block.drop();
  expect(calls).toEqual(['take 2']);
});

test('what was held for long is closed and not given out: others may have closed it meanwhile', async () => {
  const { state, calls, ports } = world();
  const block = blockFor(5, ports);
  await block.take(2);
  state.nowMs += 10_001;
  expect(await block.take(1)).toEqual([6]);
  expect(calls).toEqual(['take 5', 'close 3', 'close 4', 'close 5', 'take 3']);
});

test('what cannot be closed is left to others: what was saved is saved', async () => {
  const { state, ports } = world();
  const block = blockFor(4, ports);
  await block.take(1);
  state.failing = true;
  await expect(block.drop()).resolves.toBeUndefined();
});
