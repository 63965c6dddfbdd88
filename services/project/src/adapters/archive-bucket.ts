import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { rawKey } from '@fanfare/core/archive/archive-names';
import { traced } from '@fanfare/core/telemetry/tracer';
import type { ArchivePorts } from '../domain/archive.ts';

/** Compressed JSON lines, an object for each batch. A batch is 6 MB at most, so it is compressed in memory. */
export const archiveBucket = (bucket: string): ArchivePorts['putRows'] => {
  const client = traced(new S3Client({}));
  return async (name, rows) => {
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: rawKey(name),
        Body: gzipSync(lines, { level: 5 }),
        ContentType: 'application/gzip',
      }),
    );
  };
};
