import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
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

/** Rows as they come out of the compressed text, some thousands at a time. */
export type Page = { readonly rows: readonly ArchiveRow[]; readonly characters: number };

export type OpenObject = { readonly etag: string; readonly pages: AsyncGenerator<Page> };

/**
 * Opens an object of the archive and reads it page by page, so that it may be of any size. `undefined` where it is not there.
 * Its pages throw {@link UnreadableObject} at the first row that cannot be read.
 */
export const openObject = async (client: S3Client, bucket: string, key: string): Promise<OpenObject | undefined> => {
  try {
    const { Body, ETag = '' } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { etag: ETag, pages: pagesOf(Body as Readable, key) };
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
};

const PAGE_BYTES = 256 * 1024;

async function* pagesOf(body: Readable, key: string): AsyncGenerator<Page> {
  const text = createGunzip({ chunkSize: PAGE_BYTES });
  const decoder = new StringDecoder('utf8');
  body.on('error', (error) => text.destroy(error));
  let begun = '';
  try {
    for await (const chunk of body.pipe(text)) {
      const lines = (begun + decoder.write(chunk as Buffer)).split('\n');
      begun = lines.pop() ?? '';
      yield pageOf(lines);
    }
    if (begun !== '') yield pageOf([begun]);
  } catch (error) {
    throw isDamage(error) ? new UnreadableObject(key, error) : error;
  } finally {
    body.destroy();
    text.destroy();
  }
}

const pageOf = (lines: readonly string[]): Page => ({
  rows: lines.filter((line) => line !== '').map(rowOf),
  characters: lines.reduce((sum, line) => sum + line.length, 0),
});

/** The row as it stands: what a later version added to it is not lost when this one writes it again. */
const rowOf = (line: string): ArchiveRow => {
  const row: unknown = JSON.parse(line);
  const parsed = archiveRow.safeParse(row);
  if (!parsed.success) throw new SyntaxError(parsed.error.issues.map(({ path }) => path.join('.')).join(', '));
  return row as ArchiveRow;
};

/** Text that is no row, or bytes that are not compressed text or end too early. */
const isDamage = (error: unknown): boolean =>
  error instanceof SyntaxError || String((error as { readonly code?: unknown } | null)?.code).startsWith('Z_');

/** The keys under a prefix, in their order, page by page. */
export async function* listKeys(client: S3Client, bucket: string, prefix: string): AsyncGenerator<string> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key } of Contents) if (Key !== undefined) yield Key;
  }
}
