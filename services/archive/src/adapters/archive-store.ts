import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DeleteObjectsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { contentKey, partitionKey, RAW_PREFIX } from '@fanfare/core/archive/archive-names';
import { mergeRows } from '@fanfare/core/archive/merge-rows';
import { listKeys, type OpenObject, openObject, UnreadableObject } from '@fanfare/core/aws/archive-objects';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import type { CompactPorts } from '../domain/compact.ts';

const BACK_OFF: BackOff = { attempts: 8, baseMs: 100, capMs: 5_000 };

/** What is held in memory while it is sent, so that the SDK can send it again when S3 is busy. A larger one is streamed. */
const REPEATABLE_BYTES = 32 * 1024 * 1024;

const ROWS_AT_ONCE = 2000;

/** What one call of S3 deletes. */
const DELETED_AT_ONCE = 1000;

/** Names of the errors by which S3 says that an object has changed since it was read. */
const CHANGED = ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'];

/** The archive's bucket, as compaction works on it. */
export const archiveStore = (client: S3Client, bucket: string, waiting: Waiting): Omit<CompactPorts, 'mayGoOn'> => ({
  listRaw: () => listKeys(client, bucket, RAW_PREFIX),

  readRaw: async (key) => {
    const object = await openObject(client, bucket, key);
    if (object === undefined) return 'gone';
    try {
      return await allRows(object);
    } catch (error) {
      if (error instanceof UnreadableObject) return 'unreadable';
      throw error;
    }
  },

  rewrite: async (partition, fresh) => {
    const key = partitionKey(partition);
    for (let repeat = 1; ; repeat += 1) {
      const expunged = await replaced(client, bucket, key, fresh);
      if (expunged !== undefined) return expunged;
      if (repeat > BACK_OFF.attempts) throw new Error(`archive: ${key} is being written by too many at once`);
      await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    }
  },

  removeContent: (rows) => removeAll(client, bucket, [...new Set(rows.map(contentKey))]),
  removeRaw: (keys) => removeAll(client, bucket, keys),
});

const removeAll = async (client: S3Client, Bucket: string, keys: readonly string[]): Promise<void> => {
  for (let at = 0; at < keys.length; at += DELETED_AT_ONCE) {
    const Objects = keys.slice(at, at + DELETED_AT_ONCE).map((Key) => ({ Key }));
    const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    if (Errors.length > 0) throw new Error(`archive: ${Errors.length} objects stay undeleted (${Errors[0]?.Code})`);
  }
};

const allRows = async ({ pages }: OpenObject) => {
  const rows: ArchiveRow[] = [];
  let bytes = 0;
  for await (const page of pages) {
    for (const row of page.rows) rows.push(row);
    bytes += page.characters;
  }
  return { rows, bytes };
};

/**
 * Replaces a partition's object by what it and some rows come to. It goes through a file, because its length must be known
 * before it is sent and it may be larger than memory. Answers which of those rows are expunged then; `undefined` when somebody
 * else has replaced it since it was read.
 */
const replaced = async (
  client: S3Client,
  bucket: string,
  key: string,
  fresh: readonly ArchiveRow[],
): Promise<readonly ArchiveRow[] | undefined> => {
  const standing = await openObject(client, bucket, key);
  const file = join(tmpdir(), `${randomUUID()}.jsonl.gz`);
  const ids = new Set(fresh.map(({ id }) => id));
  const expunged: ArchiveRow[] = [];
  const note = (row: ArchiveRow): void => {
    if (row.expunged_at !== undefined && ids.has(row.id)) expunged.push(row);
  };
  try {
    const lines = linesOf(mergeRows(standing?.pages ?? nothing(), fresh), note);
    await pipeline(Readable.from(lines), createGzip({ level: 4 }), createWriteStream(file));
    const { size } = await stat(file);
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: size <= REPEATABLE_BYTES ? await readFile(file) : createReadStream(file),
        ContentLength: size,
        ContentType: 'application/gzip',
        ...(standing === undefined ? { IfNoneMatch: '*' } : { IfMatch: standing.etag }),
      }),
    );
    return expunged;
  } catch (error) {
    if (error instanceof Error && CHANGED.includes(error.name)) return undefined;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
};

async function* nothing(): AsyncGenerator<{ readonly rows: readonly ArchiveRow[] }> {}

async function* linesOf(
  pages: AsyncIterable<readonly ArchiveRow[]>,
  note: (row: ArchiveRow) => void,
): AsyncGenerator<string> {
  for await (const rows of pages) {
    rows.forEach(note);
    // Some thousands of rows at a time, however many are new.
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      yield rows
        .slice(at, at + ROWS_AT_ONCE)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join('');
    }
  }
}
