import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { backgroundTaskKey, importKey } from '@fanfare/core/keys';
import type { ImportTask } from '@fanfare/events/import-task';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { loggedLines } from '../../../../tests/logged-lines.ts';
import { contentHash } from '../domain/imported-file.ts';
import type { StretchTaken } from '../domain/take-stretch.ts';
import { APP_ID, ORG_ID, tableBoundary } from './table-boundary.fake.ts';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  IMPORTS_BUCKET: 'imports',
  RATE_PER_SECOND: '500',
  STRETCHES_PER_EXECUTION: '50',
  STRETCH_SECONDS: '600',
  REST_SECONDS: '70',
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_METRICS_DISABLED: 'false',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
const table = mockClient(DynamoDBDocumentClient);
const boundary = tableBoundary(table);
const bucket = mockClient(S3Client);
const { handler } = await import('./import-file.ts');
const lines = loggedLines();

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), 'utf8'));
const { key } = sample('file-stored') as { key: string };
const TEXT = '{"eventType":"a","payload":{"price":1.50}}\nno JSON\n{"eventType":"b","payload":{}}';
const context = { getRemainingTimeInMillis: () => 900_000 } as Context;
const give = (event: unknown) => handler(event, context);

/** Applies what an update sets, as the table does under its condition. */
const update = ({ Key, ExpressionAttributeNames = {}, ExpressionAttributeValues: values = {} }: Update) => {
  const standing = tasks.get(Key.SK);
  if (standing?.step !== values[':seen']) throw new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
  const names = Object.values(ExpressionAttributeNames).filter((one) => `:${one}` in values);
  tasks.set(Key.SK, { ...standing, ...Object.fromEntries(names.map((one) => [one, values[`:${one}`]])) } as ImportTask);
};
type Update = {
  readonly Key: { readonly SK: string };
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
};
const tasks = new Map<string, ImportTask>();
const objects = () => bucket.commandCalls(PutObjectCommand).map(({ args: [{ input }] }) => input);
const reported = () => JSON.parse(String(objects().findLast(({ Key }) => Key?.endsWith('.report.json'))?.Body));

beforeEach(() => {
  boundary.reset();
  tasks.clear();
  table.on(UpdateCommand).callsFake(update);
  bucket.reset();
  bucket.on(GetObjectCommand).rejects(named('NoSuchKey'));
  bucket.on(HeadObjectCommand).resolves({ ETag: '"1"', ContentLength: TEXT.length, VersionId: 'v1' });
  bucket.on(GetObjectCommand, { Key: key, IfMatch: '"1"', Range: 'bytes=0-' }).callsFake(() => ({
    Body: Readable.from([Buffer.from(TEXT)]),
  }));

  bucket.on(PutObjectCommand).resolves({ ETag: '"2"' });
});
const named = (name: string): Error => Object.assign(new Error(name), { name });

/** Begins the import of the sample's file. What was written of its task is what updates change. */
const begin = async (): Promise<StretchTaken> => {
  const begun = (await give(sample('file-stored'))) as StretchTaken;
  const [writes = []] = table.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems ?? []);
  const task = writes.map(({ Put }) => Put?.Item).find((item) => item?.kind === 'background-task') as ImportTask;
  tasks.set(task.id, task);
  table
    .on(GetCommand, { Key: backgroundTaskKey({ orgId: ORG_ID, taskId: task.id }) })
    .callsFake(() => ({ Item: tasks.get(task.id) }));
  return begun;
};

test('a file that was stored begins a task, under a condition, with what finds it again', async () => {
  const begun = await begin();
  expect(begun).toMatchObject({ next: 'again', orgId: ORG_ID, execution: 0, page: 0 });
  const [writes = []] = table.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems ?? []);
  expect(writes.map(({ Put }) => Put?.Item?.kind)).toEqual(['import', 'background-task']);
  for (const { Put } of writes) expect(Put?.ConditionExpression).toMatch(/^attribute_not_exists\(PK\)/);
  expect(tasks.get(begun.taskId)).toMatchObject({
    appId: APP_ID,
    file: key,
    etag: '"1"',
    version: 'v1',
    run: begun.run,
  });
});

test('the name of a run leaves room for the numbers of the executions that follow', async () => {
  const { run } = await begin();
  const { run: name } = sample('file-stored') as { run: string };
  expect(name.startsWith(run)).toBe(true);
  expect(`${run}-10000`.length).toBeLessThanOrEqual(80);
});

test('an import that was cancelled goes on when whoever starts an execution by hand says so', async () => {
  const { taskId } = await begin();
  const standing = tasks.get(taskId) as ImportTask;
  tasks.set(taskId, { ...standing, status: 'failed', reason: 'canceled' });
  table.on(GetCommand, { Key: importKey({ orgId: ORG_ID, appId: APP_ID }, contentHash(standing)) }).resolves({
    Item: { taskId, expiresAt: standing.expiresAt },
  });
  const stored = { ...(sample('file-stored') as object), run: 'by-hand' };
  await expect(give(stored)).resolves.toEqual({ next: 'end' });
  await expect(give({ ...stored, detail: { object: { key }, resume: true } })).resolves.toMatchObject({
    next: 'again',
    taskId,
    run: 'by-hand',
  });
});

test('a file that is gone ends its execution', async () => {
  bucket.on(HeadObjectCommand).rejects(named('NotFound'));
  await expect(give(sample('file-stored'))).resolves.toEqual({ next: 'end' });
});

test('a stretch accepts, refuses, reports and counts', async () => {
  const begun = await begin();
  lines.length = 0;
  await expect(give(begun)).resolves.toMatchObject({ next: 'end', taskId: begun.taskId, page: 1 });
  expect(boundary.messages().map(({ eventType }) => eventType)).toEqual(['a', 'b']);
  const own = `${key}.${begun.taskId}`;
  const keys = [`${own}.rejected-0001.ndjson`, `${own}.report.json`, `${key}.report.json`];
  expect(objects().map(({ Key }) => Key)).toEqual(keys);
  expect(objects()[0]).toMatchObject({ Bucket: 'imports', IfNoneMatch: '*' });
  expect(reported()).toMatchObject({ status: 'finished', lines: 3, accepted: 2, rejected: 1 });
  expect(lines).toContainEqual(expect.objectContaining({ MessageAccepted: 2, MessageRejected: 1 }));
  expect(JSON.stringify(lines)).not.toContain('price');
});

test('lines that cannot be written fail the stretch, for the state machine to repeat it, and are counted', async () => {
  const begun = await begin();
  boundary.state.fails = () => {
    throw new Error('throttled');
  };
  await expect(give(begun)).rejects.toThrow('2 lines could not be written');
  expect(lines).toContainEqual(expect.objectContaining({ MessageNotWritten: 2 }));
  expect(tasks.get(begun.taskId)).toMatchObject({ offset: 0, step: 0 });
  boundary.state.fails = () => {};
  await expect(give(begun)).resolves.toMatchObject({ next: 'end' });
  expect(boundary.messages()).toHaveLength(2);
});

test('an import that is given up on ends with a report, and nothing of the failure is logged but its ids', async () => {
  const begun = await begin();
  const failed = sample('stretch-that-failed') as object;
  await expect(give({ ...failed, taskId: begun.taskId, run: begun.run })).resolves.toBeUndefined();
  expect(tasks.get(begun.taskId)).toMatchObject({ status: 'failed', reason: 'fault' });
  expect(reported()).toMatchObject({ status: 'failed', reason: 'fault' });
  expect(JSON.stringify(lines)).not.toContain('a secret');
});

test('a stretch of a task that is not there any more ends its execution', async () => {
  await expect(give(sample('stretch'))).resolves.toMatchObject({ next: 'end' });
});
