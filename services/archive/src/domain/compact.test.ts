import { contentKey, partitionKey } from '@fanfare/core/archive/archive-names';
import { mergeRows, sortedRows } from '@fanfare/core/archive/merge-rows';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import fc from 'fast-check';
import { type CompactPorts, compact } from './compact.ts';

const DAY = Date.parse('2026-11-30T00:00:00.000Z');

const row = (app: number, hour: number, expunged = false): ArchiveRow => ({
  ...{ v: 1, kind: 'message', org_id: 'org_1', app_id: `app_${app}`, event_type: 'a' },
  ...{ id: `msg_${String(hour).padStart(2, '0')}_${app}`, accepted_at: DAY + hour * 3_600_000 },
  ...{ app_version: 1, correlation_id: 'c', encoding: 'identity' },
  ...(expunged ? { expunged_at: 5 } : hour % 2 === 0 ? { content_object: true } : { content: 'x' }),
});

async function* each<T>(items: Iterable<T>) {
  yield* items;
}

type Raw = Map<string, readonly ArchiveRow[] | 'damaged'>;

/** A bucket in memory. `crash` may throw before and after each change of it. */
const bucketOf = (raw: Raw, crash: () => void = () => undefined) => {
  const partitions = new Map<string, readonly ArchiveRow[]>();
  const contents = new Set<string>();
  const ports: CompactPorts = {
    listRaw: () => each([...raw.keys()].toSorted()),
    readRaw: async (key) => {
      const rows = raw.get(key) ?? 'gone';
      if (rows === 'damaged') return 'unreadable';
      return rows === 'gone' ? rows : { rows, bytes: rows.length * 100 };
    },
    rewrite: async (partition, fresh) => {
      crash();
      const key = partitionKey(partition);
      const merged: ArchiveRow[] = [];
      const standing = each([{ rows: partitions.get(key) ?? [] }]);
      for await (const page of mergeRows(standing, fresh)) merged.push(...page);
      partitions.set(key, merged);
      crash();
      return merged.filter(({ id, expunged_at }) => expunged_at !== undefined && fresh.some((row) => row.id === id));
    },
    removeContent: async (rows) => {
      for (const row of rows) {
        crash();
        contents.delete(contentKey(row));
      }
    },
    removeRaw: async (keys) => {
      for (const key of keys) {
        crash();
        raw.delete(key);
      }
    },
    mayGoOn: () => true,
  };
  return { ports, partitions, contents };
};

test('rows end in the partition of their application and day, once, and what they came from is gone', async () => {
  const raw: Raw = new Map([
    ['raw/1', [row(1, 1), row(2, 1)]],
    ['raw/2', [row(1, 1), row(1, 25)]],
  ]);
  const { ports, partitions } = bucketOf(raw);
  await expect(compact(ports)).resolves.toEqual({
    ...{ objects: 2, rows: 4, partitions: 3, unreadable: [], isFinished: true },
  });
  expect([...partitions].map(([key, rows]) => [key, rows.length]).toSorted()).toEqual([
    ['rows/app=app_1/day=2026-11-30/00.jsonl.gz', 1],
    ['rows/app=app_1/day=2026-12-01/00.jsonl.gz', 1],
    ['rows/app=app_2/day=2026-11-30/00.jsonl.gz', 1],
  ]);
  expect(raw.size).toBe(0);
});

test('what was expunged since leaves the partition that it was compacted into', async () => {
  const raw: Raw = new Map([['raw/1', [row(1, 1)]]]);
  const { ports, partitions } = bucketOf(raw);
  await compact(ports);
  raw.set('raw/2', [row(1, 1, true)]);
  await compact(ports);
  // The stream may offer the batch of the insert once more, hours later.
  raw.set('raw/1', [row(1, 1)]);
  await compact(ports);
  expect([...partitions.values()].flat()).toEqual([row(1, 1, true)]);
});

test('the object with the payload of what was expunged is removed, also when the batch of its insert comes after that', async () => {
  const [gone, kept] = [row(1, 2), row(1, 4)];
  const raw: Raw = new Map([['raw/1', [gone, kept]]]);
  const { ports, contents } = bucketOf(raw);
  const insert = () => {
    for (const one of [gone, kept]) contents.add(contentKey(one));
    raw.set('raw/1', [gone, kept]);
  };
  insert();
  await compact(ports);
  expect(contents.size).toBe(2);
  raw.set('raw/2', [row(1, 2, true)]);
  await compact(ports);
  expect([...contents]).toEqual([contentKey(kept)]);
  insert();
  await compact(ports);
  expect([...contents]).toEqual([contentKey(kept)]);
});

test('what cannot be read stays where it is and holds nothing else up', async () => {
  const raw: Raw = new Map<string, readonly ArchiveRow[] | 'damaged'>([
    ['raw/1', 'damaged'],
    ['raw/2', [row(1, 1)]],
  ]);
  const { ports, partitions } = bucketOf(raw);
  await expect(compact(ports)).resolves.toMatchObject({ unreadable: ['raw/1'], objects: 1, isFinished: true });
  expect([...raw.keys()]).toEqual(['raw/1']);
  expect(partitions.size).toBe(1);
});

test('a run holds no more at a time than it is allowed, and ends in time with the rest left to the next', async () => {
  const raw: Raw = new Map(Array.from({ length: 9 }, (_, n) => [`raw/${n}`, [row(1, n)]] as const));
  const { ports, partitions } = bucketOf(raw);
  let parts = 0;
  const mayGoOn = () => {
    parts += 1;
    return parts <= 2;
  };
  await expect(compact({ ...ports, mayGoOn }, 300)).resolves.toMatchObject({ objects: 6, isFinished: false });
  expect(raw.size).toBe(3);
  await expect(compact(ports, 300)).resolves.toMatchObject({ objects: 3, isFinished: true });
  expect([...partitions.values()].flat()).toHaveLength(9);
});

test('whatever crashes, is repeated, comes late or runs twice, the outcome is that of one run over everything', async () => {
  const rows = fc.array(
    fc.tuple(fc.nat(2), fc.nat(30), fc.boolean()).map(([app, hour, gone]) => row(app, hour, gone)),
    { minLength: 1, maxLength: 6 },
  );
  const stories = fc.record({
    batches: fc.array(rows, { minLength: 1, maxLength: 6 }),
    crashes: fc.array(fc.boolean(), { maxLength: 30 }),
    late: fc.nat(5),
  });
  await fc.assert(
    fc.asyncProperty(stories, async ({ batches, crashes, late }) => {
      const raw: Raw = new Map(batches.map((batch, n) => [`raw/${n}`, batch]));
      const { ports, partitions, contents } = bucketOf(raw, () => {
        if (crashes.pop() === true) throw new Error('killed');
      });
      for (const one of batches.flat()) if ('content_object' in one) contents.add(contentKey(one));
      const run = async () => {
        for (;;) {
          try {
            return await compact(ports, 500);
          } catch (error) {
            if (!(error instanceof Error && error.message === 'killed')) throw error;
          }
        }
      };
      await run();
      raw.set(`raw/${late}`, batches[late % batches.length] ?? []);
      await Promise.all([run(), run()]);
      expect(raw.size).toBe(0);
      const all = [...partitions.values()].flat();
      expect(sortedRows(all)).toEqual(sortedRows(batches.flat()));
      expect(all).toHaveLength(new Set(all.map(({ id }) => id)).size);
      expect([...contents].toSorted()).toEqual(
        all
          .filter((one) => 'content_object' in one)
          .map(contentKey)
          .toSorted(),
      );
    }),
  );
});
