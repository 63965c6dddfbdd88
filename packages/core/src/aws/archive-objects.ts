import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { type ArchiveRow, archiveRow } from '@fanfare/events/archive-row';

/** An object of the archive that is none of ours, or is damaged. Its text is never shown. */
export class UnreadableObject extends Error {
  override readonly name = 'UnreadableObject';
  constructor(key: string, cause: unknown) {
    super(`the object ${key} of the archive cannot be read`, { cause });
  }
}

export type OpenObject = { readonly etag: string; readonly rows: AsyncGenerator<ArchiveRow> };

/**
 * Opens an object of the archive and reads it row by row, so that it may be of any size. `undefined` where it is not there. The
 * rows throw {@link UnreadableObject} at the first that cannot be read.
 */
export const openObject = async (client: S3Client, bucket: string, key: string): Promise<OpenObject | undefined> => {
  try {
    const { Body, ETag = '' } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { etag: ETag, rows: rowsOf(Body as Readable, key) };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
};

async function* rowsOf(body: Readable, key: string): AsyncGenerator<ArchiveRow> {
  const text = createGunzip();
  body.on('error', (error) => text.destroy(error));
  try {
    for await (const line of createInterface({ input: body.pipe(text), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line !== '') yield rowOf(line);
    }
    if (text.errored !== null) throw text.errored;
  } catch (error) {
    throw isDamage(error) ? new UnreadableObject(key, error) : error;
  } finally {
    body.destroy();
    text.destroy();
  }
}

/** The row as it stands: what a later version added to it is not lost when this one writes it again. */
const rowOf = (line: string): ArchiveRow => {
  const row: unknown = JSON.parse(line);
  const parsed = archiveRow.safeParse(row);
  if (!parsed.success) throw new SyntaxError(parsed.error.issues.map(({ path }) => path.join('.')).join(', '));
  return row as ArchiveRow;
};

const isDamage = (error: unknown): boolean =>
  error instanceof SyntaxError || (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'));

/** The keys under a prefix, in their order, page by page. */
export async function* listKeys(client: S3Client, bucket: string, prefix: string): AsyncGenerator<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key } of Contents) if (Key !== undefined) yield Key;
  }
}
