import { gunzipSync, inflateRawSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, ListBucketsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { concurrently } from '@fanfare/core/concurrently';
import { clientOptions, contractValue, testTableClient } from './environment-under-test.ts';
import { sqs } from './webhook-lane.ts';

/**
 * Where a text is found, in whatever shape it is stored: as it is, in base64, compressed, or one within another. Looks at
 * every item of the table, what waits in every queue, and since a time every object of every bucket but that of the code, and
 * every log: what was written before the text was made does not hold it.
 */
export const placesOf = async (text: string, sinceMs: number): Promise<string[]> => {
  const found = [
    ...(await inTable(text)),
    ...(await inBuckets(text, sinceMs)),
    ...(await inQueues(text)),
    ...(await inLogs(text, sinceMs)),
  ];
  return [...new Set(found)].toSorted();
};

const inTable = async (text: string): Promise<string[]> => {
  const TableName = await contractValue('table/name');
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: testTableClient() }, { TableName, ConsistentRead: true })) {
    for (const item of Items) if (holds(item, text)) found.push(`table: ${String(item.kind)}`);
  }
  return found;
};

const OBJECTS_AT_ONCE = 16;

const inBuckets = async (text: string, sinceMs: number): Promise<string[]> => {
  const client = new S3Client({ ...clientOptions(), forcePathStyle: true });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  const found: string[] = [];
  for (const { Name: Bucket = '' } of Buckets.filter(({ Name = '' }) => /^fanfare-(?!.*-packages$)/.test(Name))) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      const recent = Contents.filter(({ LastModified }) => (LastModified?.getTime() ?? sinceMs) >= sinceMs - 1_000);
      await concurrently(OBJECTS_AT_ONCE, recent, async ({ Key }) => {
        const object = await client.send(new GetObjectCommand({ Bucket, Key })).catch(() => undefined);
        const bytes = await object?.Body?.transformToByteArray();
        if (bytes !== undefined && holds(bytes, text)) found.push(`bucket: ${Bucket}`);
      });
    }
  }
  return found;
};

/** Ten messages of each queue, which stay visible to whoever works on it. */
const inQueues = async (text: string): Promise<string[]> => {
  const { QueueUrls = [] } = await sqs().send(new ListQueuesCommand({ MaxResults: 1000 }));
  const found = QueueUrls.map(async (QueueUrl) => {
    const { Messages = [] } = await sqs().send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    return Messages.some((message) => holds(message, text)) ? [`queue: ${QueueUrl.split('/').at(-1)}`] : [];
  });
  return (await Promise.all(found)).flat();
};

const inLogs = async (text: string, startTime: number): Promise<string[]> => {
  const client = new CloudWatchLogsClient(clientOptions());
  const found: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName = '' } of logGroups) {
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime })) {
        if (events.some(({ message }) => message !== undefined && holds(message, text))) {
          found.push(`logs: ${logGroupName}`);
        }
      }
    }
  }
  return found;
};

/** Looks into objects, lists, JSON, base64 and compressed bytes, however they are nested. */
const holds = (value: unknown, text: string): boolean => {
  if (value instanceof Uint8Array) return bytesHold(value, text);
  if (typeof value === 'string') return stringHolds(value, text);
  return typeof value === 'object' && value !== null && Object.values(value).some((one) => holds(one, text));
};

const stringHolds = (value: string, text: string): boolean => {
  if (value.includes(text)) return true;
  if (/^\s*[[{]/.test(value)) return value.split('\n').some((line) => holds(parsed(line), text));
  return /^[\w+/-]{12,}=*$/.test(value) && bytesHold(new Uint8Array(Buffer.from(value, 'base64')), text);
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const bytesHold = (bytes: Uint8Array, text: string): boolean =>
  [plain, inflateRawSync, gunzipSync].some((open) => {
    try {
      const opened = Buffer.from(open(bytes)).toString('utf8');
      return open === plain ? opened.includes(text) : stringHolds(opened, text);
    } catch {
      return false;
    }
  });

const plain = (bytes: Uint8Array): Uint8Array => bytes;
