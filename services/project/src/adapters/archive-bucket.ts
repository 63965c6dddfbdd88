import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { contentKey, rawKey } from '@fanfare/core/archive/archive-names';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { ArchivePorts } from '../domain/archive.ts';

/** Compressed JSON lines, an object for each batch. A batch is 6 MB at most, so it is compressed in memory. */
export const archiveBucket = (bucket: string): Pick<ArchivePorts, 'putRows' | 'putContent'> => {
  const client = traced(new S3Client({}));
  const put = async (Key: string, Body: Uint8Array, ContentType: string): Promise<void> =>
    void (await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType })));
  return {
    putRows: async (name, rows) => {
      const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
      await put(rawKey(name), gzipSync(lines, { level: 5 }), 'application/gzip');
    },
    putContent: (row, sealed) => put(contentKey(row), sealed, 'application/octet-stream'),
  };
};
