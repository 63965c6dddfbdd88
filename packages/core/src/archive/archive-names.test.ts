import { mintId, RANDOM_BYTES } from '../ids.ts';
import { partitionKey, partitionOf, rawKey } from './archive-names.ts';

const AT = Date.parse('2026-11-30T23:59:59.996Z');
const id = mintId('msg', AT, new Uint8Array(RANDOM_BYTES));

test('a row lies with the others of its application and of the day that its id tells', () => {
  expect(partitionKey(partitionOf({ app_id: 'app_1', id }))).toBe('rows/app=app_1/day=2026-11-30/rows.jsonl.gz');
});

test('a batch that comes again has the same name', () => {
  const batch = { atMs: AT, shard: 'shardId-1', first: '001', last: '009' };
  expect(rawKey(batch)).toBe('raw/2026-11-30T23/shardId-1/001-009.jsonl.gz');
  expect(rawKey({ ...batch, atMs: AT - 60_000 })).toBe(rawKey(batch));
});

test.each(['app_1/../app_2', 'app_1#', ''])('an application cannot name the partition of another: %j', (appId) => {
  expect(() => partitionKey({ appId, day: '2026-11-30' })).toThrow('not the id');
});
