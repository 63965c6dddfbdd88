import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { BeginImportPorts } from '../domain/begin-import.ts';
import { DamagedFile } from '../domain/damaged-file.ts';
import { isPacked } from '../domain/imported-file.ts';
import type { StretchPorts } from '../domain/take-stretch.ts';

export type ImportedObjects = Pick<StretchPorts, 'open' | 'readRejected' | 'writeRejected' | 'putReport'> &
  Pick<BeginImportPorts, 'findFile'>;

const CHUNK_BYTES = 64 * 1024;

/** Files of events, and what lies beside them. Of a file no more is in memory than what is being read. */
export const importedObjects = (client: S3Client, bucket: string): ImportedObjects => ({
  findFile: async (key) => {
    try {
      const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      const { ETag: etag = '', ContentLength: bytes = 0, VersionId, LastModified } = found;
      return { file: key, etag, bytes, version: VersionId ?? String(LastModified?.getTime()) };
    } catch (error) {
      if (isNamed(error, 'NotFound', 'NoSuchKey')) return undefined;
      throw error;
    }
  },

  open: async (file, offset) => {
    const from = isPacked(file) ? 0 : offset;
    // Behind the last byte there is nothing that could be asked for.
    if (from >= file.bytes) return { chunks: nothing(), read: () => file.bytes };
    try {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: file.file, IfMatch: file.etag, Range: `bytes=${from}-` }),
      );
      return isPacked(file) ? unpacked(Body as Readable, offset) : plain(Body as Readable, offset);
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return 'file-gone';
      if (isNamed(error, 'PreconditionFailed')) return 'file-changed';
      throw error;
    }
  },

  readRejected: async (key) => {
    try {
      const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const text = (await Body?.transformToString()) ?? '';
      return ETag === undefined ? { text } : { text, etag: ETag };
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return { text: '' };
      throw error;
    }
  },

  writeRejected: async (key, text, { etag }) => {
    try {
      const { ETag = '' } = await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          ContentType: 'application/x-ndjson',
          ...(etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag }),
        }),
      );
      return { etag: ETag };
    } catch (error) {
      if (isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey')) return 'lost-race';
      throw error;
    }
  },

  putReport: async (key, report) => {
    const Body = `${JSON.stringify(report, null, 2)}\n`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: 'application/json' }));
  },
});

const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);

async function* nothing(): AsyncGenerator<Uint8Array> {}

const plain = (body: Readable, offset: number) => {
  let read = offset;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        read += chunk.length;
        yield chunk;
      }
    } finally {
      body.destroy();
    }
  };
  return { chunks: chunks(), read: () => read };
};

/** A packed text cannot be entered in its middle: it is unpacked from its beginning, and passed up to the offset. */
const unpacked = (body: Readable, offset: number) => {
  const text = createGunzip({ chunkSize: CHUNK_BYTES });
  body.on('error', (error) => text.destroy(error));
  body.pipe(text);
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    let toPass = offset;
    try {
      for await (const chunk of text as AsyncIterable<Buffer>) {
        if (chunk.length > toPass) yield chunk.subarray(toPass);
        toPass = Math.max(0, toPass - chunk.length);
      }
    } catch (error) {
      throw isDamage(error) ? new DamagedFile('it cannot be unpacked', { cause: error }) : error;
    } finally {
      body.destroy();
      text.destroy();
    }
  };
  return { chunks: chunks(), read: () => text.bytesWritten };
};

const isDamage = (error: unknown): boolean =>
  String((error as { readonly code?: unknown } | null)?.code).startsWith('Z_');
