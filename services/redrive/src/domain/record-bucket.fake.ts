import type { RecordBucket } from './redo-records.ts';

/** A bucket in memory. */
export type FakeRecordBucket = RecordBucket & {
  readonly put: (bucket: string, key: string, text: string, writtenAtMs: number) => void;
  readonly keys: (bucket: string) => readonly string[];
};

export const fakeRecordBucket = (): FakeRecordBucket => {
  const objects = new Map<string, { readonly text: string; readonly writtenAtMs: number }>();
  const named = (bucket: string, key: string): string => `${bucket}/${key}`;
  const keys = (bucket: string): string[] =>
    [...objects.keys()]
      .flatMap((name) => (name.startsWith(`${bucket}/`) ? [name.slice(bucket.length + 1)] : []))
      .sort();
  const before = (bucket: string, timeMs: number): string[] =>
    keys(bucket).filter((key) => (objects.get(named(bucket, key))?.writtenAtMs ?? 0) <= timeMs);
  return {
    keys,
    put: (bucket, key, text, writtenAtMs) => void objects.set(named(bucket, key), { text, writtenAtMs }),
    count: async (bucket, beforeMs) => before(bucket, beforeMs).length,
    next: async (bucket, after = '', beforeMs) => {
      const id = before(bucket, beforeMs).find((key) => key > after);
      const found = id === undefined ? undefined : objects.get(named(bucket, id));
      return id === undefined || found === undefined ? undefined : { id, ...found };
    },
    remove: async (bucket, key) => void objects.delete(named(bucket, key)),
  };
};
