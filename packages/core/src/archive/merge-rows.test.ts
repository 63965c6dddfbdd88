import type { ArchiveRow } from '@fanfare/events/archive-row';
import fc from 'fast-check';
import { mergeRows, sortedRows } from './merge-rows.ts';

const row = (id: number, expunged = false): ArchiveRow => ({
  ...{ v: 1, kind: 'message', org_id: 'org_1', app_id: 'app_1', id: `msg_${String(id).padStart(3, '0')}` },
  ...{ event_type: 'a', accepted_at: 1, app_version: 1, correlation_id: 'c', encoding: 'identity' },
  ...(expunged ? { expunged_at: 5 } : { content: 'x' }),
});

/** In pages of two, as a long source comes. */
async function* each(rows: readonly ArchiveRow[]) {
  for (let at = 0; at < rows.length; at += 2) yield { rows: rows.slice(at, at + 2) };
}
const merged = async (standing: readonly ArchiveRow[], fresh: readonly ArchiveRow[]) => {
  const rows: ArchiveRow[] = [];
  for await (const page of mergeRows(each(standing), fresh)) rows.push(...page);
  return rows;
};

test('what is merged in parts, however they repeat and overlap, is what all of it comes to at once', async () => {
  const rows = fc.array(
    fc.tuple(fc.nat(20), fc.boolean()).map(([id, expunged]) => row(id, expunged)),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { maxLength: 5 }), async (parts) => {
      let standing: readonly ArchiveRow[] = [];
      for (const part of [...parts, ...parts.toReversed()]) standing = await merged(standing, sortedRows(part));
      expect(standing).toEqual(sortedRows(parts.flat()));
    }),
  );
});
