/**
 * Does `work` on every item, at most `limit` at a time, to the end of them all, and answers in the items' order. Only then
 * throws the first failure: nothing is left running behind an invocation's back.
 */
export const concurrently = async <T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> => {
  const waiting = items.entries();
  const ended: PromiseSettledResult<R>[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      [ended[index]] = (await Promise.allSettled([work(item)])) as [PromiseSettledResult<R>];
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return ended.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
};
