import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { contentKey, partitionKey, partitionOf, rawKey } from '@fanfare/core/archive/archive-names';
import { sortedRows } from '@fanfare/core/archive/merge-rows';
import { listKeys, openObject } from '@fanfare/core/aws/archive-objects';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { clientOptions, contractValue } from '../../../../tests/environment-under-test.ts';
import { archiveStore } from './archive-store.ts';

const client = new S3Client({
  ...clientOptions(),
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const id = (prefix: 'app' | 'msg') => `${prefix}_${randomBytes(12).toString('hex')}`;
const NOW = Date.parse('2024-02-29T12:00:00.000Z');

const rowOf = (app_id: string, fields: Partial<ArchiveRow> = {}): ArchiveRow =>
  ({
    ...{ v: 1, kind: 'message', org_id: 'org_1', app_id, id: id('msg'), event_type: 'a', accepted_at: NOW },
    ...{ app_version: 1, correlation_id: 'c', encoding: 'identity', content: 'x' },
    ...fields,
  }) as ArchiveRow;

const standing = async () => {
  const bucket = await contractValue('bucket/archive/name');
  const store = archiveStore(client, bucket, waiting);
  const appId = id('app');
  const rowsOf = async (partition: ReturnType<typeof partitionOf>): Promise<ArchiveRow[]> => {
    const object = await openObject(client, bucket, partitionKey(partition));
    const rows: ArchiveRow[] = [];
    if (object !== undefined) for await (const page of object.pages) rows.push(...page.rows);
    return rows;
  };
  const put = (key: string, Body: Uint8Array) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  return { bucket, store, appId, rowsOf, put };
};

test('rows are put together with what the partition holds, and what a later version wrote is kept', async () => {
  const { store, appId, rowsOf } = await standing();
  const [one, other] = sortedRows([rowOf(appId), rowOf(appId, { added_later: 1 } as object)]);
  if (one === undefined || other === undefined) throw new Error('two rows');
  const partition = partitionOf(one);
  await store.rewrite(partition, [one]);
  await store.rewrite(partition, [other]);
  await store.rewrite(partition, [one]);
  expect(await rowsOf(partition)).toEqual([one, other]);
});

test('rows that are expunged are told, by themselves or by what stands, and what their objects have is removed', async () => {
  const { store, appId, bucket, put } = await standing();
  const [one, other] = sortedRows([rowOf(appId), rowOf(appId)]);
  if (one === undefined || other === undefined) throw new Error('two rows');
  const partition = partitionOf(one);
  const gone = { ...one, expunged_at: NOW + 1 };
  await expect(store.rewrite(partition, [one, other])).resolves.toEqual([]);
  const told = await store.rewrite(partition, [gone]);
  expect(told.map(({ id: told }) => told)).toEqual([one.id]);
  await expect(store.rewrite(partition, [one, other])).resolves.toEqual(told);
  for (const row of [one, other]) await put(contentKey(row), new Uint8Array([1]));
  await store.removeContent(told);
  await store.removeContent(told);
  await store.removeContent([]);
  const left: string[] = [];
  for await (const key of listKeys(client, bucket, `content/${appId}/`)) left.push(key);
  expect(left).toEqual([contentKey(other)]);
});

test('ten runs that write a partition at the same time lose nothing of each other', async () => {
  const { store, appId, rowsOf } = await standing();
  const rows = sortedRows(Array.from({ length: 10 }, () => rowOf(appId)));
  const partition = partitionOf(rowOf(appId));
  await Promise.all(rows.map((row) => store.rewrite(partition, [row])));
  expect(await rowsOf(partition)).toEqual(rows);
});

test('what is written is listed and read, what is damaged told apart, and what is removed is gone', async () => {
  const { store, appId, put } = await standing();
  const shard = `test-${randomBytes(8).toString('hex')}`;
  const name = { atMs: NOW, shard, first: '1', last: '2' };
  const [sound, cut, strange] = [rawKey(name), rawKey({ ...name, first: '3' }), rawKey({ ...name, first: '4' })];
  const row = rowOf(appId);
  const lines = gzipSync(`${JSON.stringify(row)}\n`);
  await put(sound, lines);
  await put(cut, lines.subarray(0, lines.length - 12));
  await put(strange, gzipSync('{"kind":"message"}\n'));
  const listed: string[] = [];
  for await (const key of store.listRaw()) if (key.includes(shard)) listed.push(key);
  expect(listed.toSorted()).toEqual([sound, cut, strange].toSorted());
  await expect(store.readRaw(sound)).resolves.toEqual({ rows: [row], bytes: expect.any(Number) });
  await expect(store.readRaw(cut)).resolves.toBe('unreadable');
  await expect(store.readRaw(strange)).resolves.toBe('unreadable');
  await store.removeRaw([sound, cut, strange]);
  await store.removeRaw([sound]);
  await expect(store.readRaw(sound)).resolves.toBe('gone');
});

test('a partition of five thousand rows passes through', async () => {
  const { store, appId, rowsOf, bucket } = await standing();
  const rows = sortedRows(
    Array.from({ length: 5_000 }, () => rowOf(appId, { content: randomBytes(60).toString('base64') })),
  );
  const partition = partitionOf(rowOf(appId));
  await store.rewrite(partition, rows);
  const late = rowOf(appId);
  await store.rewrite(partition, [late]);
  expect(await rowsOf(partition)).toHaveLength(5_001);
  const { ContentLength = 0 } = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: partitionKey(partition) }),
  );
  expect(ContentLength).toBeGreaterThan(300_000);
});
