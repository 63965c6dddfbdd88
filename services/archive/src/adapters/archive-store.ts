import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DeleteObjectsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { partitionKey, RAW_PREFIX } from '@fanfare/core/archive/archive-names';
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
      if (await isReplaced(client, bucket, key, fresh)) return;
      if (repeat > BACK_OFF.attempts) throw new Error(`archive: ${key} is being written by too many at once`);
      await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    }
  },

  removeRaw: async (keys) => {
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true } }),
    );
    if (Errors.length > 0) throw new Error(`archive: ${Errors.length} objects stay undeleted (${Errors[0]?.Code})`);
  },
});

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
 * before it is sent and it may be larger than memory. `false` when somebody else has replaced it since it was read.
 */
const isReplaced = async (
  client: S3Client,
  bucket: string,
  key: string,
  fresh: readonly ArchiveRow[],
): Promise<boolean> => {
  const standing = await openObject(client, bucket, key);
  const file = join(tmpdir(), `${randomUUID()}.jsonl.gz`);
  try {
    const lines = linesOf(mergeRows(standing?.pages ?? nothing(), fresh));
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
    return true;
  } catch (error) {
    if (error instanceof Error && CHANGED.includes(error.name)) return false;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
};

async function* nothing(): AsyncGenerator<{ readonly rows: readonly ArchiveRow[] }> {}

async function* linesOf(pages: AsyncIterable<readonly ArchiveRow[]>): AsyncGenerator<string> {
  for await (const rows of pages) {
    // Some thousands of rows at a time, however many are new.
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      yield rows
        .slice(at, at + ROWS_AT_ONCE)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join('');
    }
  }
}
