import type { ArchiveRow } from '@fanfare/events/archive-row';
import { contentKey, dayPrefix, partitionKey, partitionOf, rawKey } from './archive-names.ts';

const AT = Date.parse('2026-11-30T23:59:59.996Z');
const row: ArchiveRow = {
  ...{ v: 1, kind: 'message', org_id: 'org_1', app_id: 'app_1', id: 'msg_1', event_type: 'a', accepted_at: AT },
  ...{ app_version: 1, correlation_id: 'c', encoding: 'identity' },
};

test('a row lies with the others of its application and quarter of a day, whatever becomes of it', () => {
  expect(partitionKey(partitionOf(row))).toBe('rows/app=app_1/day=2026-11-30/18.jsonl.gz');
  expect(partitionOf({ ...row, expunged_at: AT + 86_400_000 })).toEqual(partitionOf(row));
  expect(partitionOf({ ...row, accepted_at: AT + 4 })).toEqual({ appId: 'app_1', day: '2026-12-01', hour: '00' });
});

test('a batch that comes again has the same name', () => {
  const batch = { atMs: AT, shard: 'shardId-1', first: '001', last: '009' };
  expect(rawKey(batch)).toBe('raw/2026-11-30T23/shardId-1/001-009.jsonl.gz');
  expect(rawKey({ ...batch, atMs: AT - 60_000 })).toBe(rawKey(batch));
});

test.each(['app_1/../app_2', 'app_1#', ''])('an application cannot name the partition of another: %j', (appId) => {
  expect(() => dayPrefix(appId, '2026-11-30')).toThrow('not the id');
});

test('what has the content of a row is named by its application and its own id, and by nothing else', () => {
  expect(contentKey(row)).toBe('content/app_1/msg_1');
  const expunged: ArchiveRow = { ...row, expunged_at: AT };
  expect(contentKey(expunged)).toBe(contentKey(row));
  expect(() => contentKey({ ...row, id: 'msg_1/../../raw' })).toThrow('not the id');
});
