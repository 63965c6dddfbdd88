import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../environment/emulated-aws.ts';

const BUCKET = 'fanfare-local-imports-000000000000-us-east-1';
const LIMIT_MS = 600_000;

/** Puts events as a file where they are imported, and waits for its report. */
export const importFile = async (
  endpoint: string,
  orgId: string,
  appId: string,
  events: readonly object[],
): Promise<void> => {
  const client = new S3Client({ ...clientOptions(endpoint), forcePathStyle: true });
  const Key = `${orgId}/${appId}/${crypto.randomUUID()}.jsonl`;
  const Body = events.map((event) => JSON.stringify(event)).join('\n');
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  for (const endAt = Date.now() + LIMIT_MS; Date.now() < endAt; await setTimeout(500)) {
    const report = await reportOf(client, Key);
    if (report?.status === 'finished' && report.accepted === events.length) return;
    if (report !== undefined) throw new Error(`a file was imported with ${JSON.stringify(report)}`);
  }
  throw new Error('a file was not imported in time');
};

type Report = { readonly status: string; readonly accepted: number };

const reportOf = async (client: S3Client, key: string): Promise<Report | undefined> => {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: `${key}.report.json` }));
    return JSON.parse((await Body?.transformToString()) ?? '') as Report;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
};
