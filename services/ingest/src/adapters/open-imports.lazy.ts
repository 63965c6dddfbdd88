import { S3Client } from '@aws-sdk/client-s3';
import { traced } from '@fanfare/core/telemetry/tracer';
import { type ImportedObjects, importedObjects } from './imported-objects.ts';

/** Opens the bucket of imports, with a client of its own. */
export const openImports = (bucket: string): ImportedObjects =>
  // The length of what is sent is known, and a checksum at its end would have it sent in chunks.
  importedObjects(traced(new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' })), bucket);
