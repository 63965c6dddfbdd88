import type { RecordBucket } from '../domain/redo-records.ts';

export type BucketUnderTest = RecordBucket & {
  /** A bucket of nobody else's, and how something gets into it, now. */
  readonly name: string;
  readonly put: (key: string, text: string) => Promise<void>;
};

const SOON_MS = 60_000;

/** What every bucket of records promises. */
export const recordBucketContract = (makeBucket: () => Promise<BucketUnderTest>): void => {
  test('hands out its objects in the order of their keys, each after the one before', async () => {
    const { name, put, ...bucket } = await makeBucket();
    for (const key of ['c', 'a', 'b']) await put(key, `text of ${key}`);
    const until = Date.now() + SOON_MS;
    expect(await bucket.count(name, until)).toBe(3);
    const found: unknown[] = [];
    let after: string | undefined;
    for (;;) {
      const next = await bucket.next(name, after, until);
      if (next === undefined) break;
      found.push([next.id, next.text]);
      after = next.id;
      if (after === 'a') await bucket.remove(name, 'a');
    }
    expect(found).toEqual([
      ['a', 'text of a'],
      ['b', 'text of b'],
      ['c', 'text of c'],
    ]);
    expect(await bucket.count(name, until)).toBe(2);
  });

  test('does not hand out what was written after a time', async () => {
    const { name, put, ...bucket } = await makeBucket();
    await put('a', 'text');
    expect(await bucket.next(name, undefined, Date.now() - SOON_MS)).toBeUndefined();
    expect(await bucket.count(name, Date.now() - SOON_MS)).toBe(0);
  });

  test('to take away what is gone does nothing', async () => {
    const { name, put: _put, ...bucket } = await makeBucket();
    await expect(bucket.remove(name, 'never')).resolves.toBeUndefined();
  });
};
