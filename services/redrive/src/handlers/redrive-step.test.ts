import { readFileSync } from 'node:fs';
import { InvokeCommand, LambdaClient, LambdaServiceException, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';

Object.assign(process.env, {
  STAGE: 'test',
  STEPS_PER_EXECUTION: '200',
  POWERTOOLS_SERVICE_NAME: 'redrive',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_METRICS_DISABLED: 'false',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text: unknown) => void lines.push(JSON.parse(String(text))));
}
const sqs = mockClient(SQSClient);
const s3 = mockClient(S3Client);
const lambda = mockClient(LambdaClient);
const { handler } = await import('./redrive-step.ts');

const dead = { kind: 'dead-letters', name: 'webhook', queueUrl: 'https://sqs/dead', sourceUrl: 'https://sqs/lane' };
const quarantine = { kind: 'records-queue', name: 'fanout-quarantine', queueUrl: 'https://sqs/quarantine' };
const input = (store: object) => ({ run: 'r', execution: 0, page: 0, store, ratePerSecond: 50 });
const letter = (Body: string) => ({
  ...{ MessageId: 'm1', ReceiptHandle: 'h1', Body },
  Attributes: { SentTimestamp: '1000', MessageGroupId: 'app_7' },
});
const given = (Body: string): void => {
  sqs
    .on(ReceiveMessageCommand)
    .resolvesOnce({ Messages: [letter(Body)] })
    .resolves({});
};
const record = { dynamodb: { Keys: { PK: { S: 'o#a#MSGS#00' }, SK: { S: 'msg_1' } } } };
const failedCall = {
  requestContext: { functionArn: 'arn:aws:lambda:us-east-1:1:function:fanfare-test-ingest-stream' },
  requestPayload: { Records: [{ secret: 'a secret' }] },
};

beforeEach(() => {
  lines.length = 0;
  for (const client of [sqs, s3, lambda]) client.reset();
  sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '1' } });
  sqs.on(SendMessageBatchCommand).resolves({});
  sqs.on(DeleteMessageBatchCommand).resolves({});
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
  lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
});

test('a step moves dead letters, each sent before it is deleted, and counts them', async () => {
  given('{"appId":"app_7","hops":3}');
  await expect(handler(input(dead))).resolves.toMatchObject({ next: 'end', page: 1, progress: { there: 1, done: 1 } });
  const calls = sqs.calls().map(({ args }) => args[0].constructor.name);
  expect(calls.indexOf('SendMessageBatchCommand')).toBeLessThan(calls.indexOf('DeleteMessageBatchCommand'));
  const [sent] = sqs.commandCalls(SendMessageBatchCommand);
  expect(sent?.args[0].input).toMatchObject({
    QueueUrl: 'https://sqs/lane',
    Entries: [{ MessageBody: '{"appId":"app_7"}', MessageGroupId: 'app_7' }],
  });
  expect(lines).toContainEqual(expect.objectContaining({ FailedWorkRedriven: 1 }));
  expect(lines).toContainEqual(
    expect.objectContaining({ message: 'redrive.ended', run: 'r', store: 'webhook', done: 1, reason: 'all-met' }),
  );
});

test('a step that cannot send fails, and deletes nothing', async () => {
  given('{}');
  sqs.on(SendMessageBatchCommand).rejects(new Error('throttled'));
  await expect(handler(input(dead))).rejects.toThrow('throttled');
  expect(sqs.commandCalls(DeleteMessageBatchCommand)).toEqual([]);
});

test('a record asks the state machine for a call and stays hidden, and is deleted when that call is answered', async () => {
  given(JSON.stringify(record));
  const asked = await handler(input(quarantine));
  expect(asked).toMatchObject({ next: 'call', call: { refs: [{ orgId: 'o', appId: 'a', messageId: 'msg_1' }] } });
  const answered = { answer: { messages: 1, published: 2, problems: [] } };
  const done = await handler({ ...JSON.parse(JSON.stringify(asked)), answered });
  expect(done).toMatchObject({ next: 'end', progress: { done: 1, published: 2, failed: [] } });
  expect(sqs.commandCalls(DeleteMessageBatchCommand)[0]?.args[0].input).toMatchObject({
    Entries: [{ ReceiptHandle: 'h1' }],
  });
});

test('what failed as an asynchronous call is called so again, before it is deleted, and logged by nobody', async () => {
  given(JSON.stringify(failedCall));
  await expect(handler(input(quarantine))).resolves.toMatchObject({ next: 'end', progress: { done: 1 } });
  expect(lambda.commandCalls(InvokeCommand)[0]?.args[0].input).toEqual({
    ...{ FunctionName: 'fanfare-test-ingest-stream:live', InvocationType: 'Event' },
    Payload: JSON.stringify(failedCall.requestPayload),
  });
  expect(JSON.stringify(lines)).not.toContain('a secret');
});

test('a call that Lambda never takes leaves its record', async () => {
  given(JSON.stringify(failedCall));
  lambda.on(InvokeCommand).rejects(
    new LambdaServiceException({
      ...{ name: 'RequestEntityTooLargeException', $fault: 'client', message: 'too large' },
      $metadata: { httpStatusCode: 413 },
    }),
  );
  const left = await handler(input(quarantine));
  expect(left).toMatchObject({
    progress: { done: 0, failed: [{ id: 'm1', reason: expect.stringContaining('too large') }] },
  });
  expect(sqs.commandCalls(DeleteMessageBatchCommand)).toEqual([]);
});

test('a call that is throttled fails the step, which is taken again', async () => {
  given(JSON.stringify(failedCall));
  lambda.on(InvokeCommand).rejects(new TooManyRequestsException({ message: 'slower', $metadata: {} }));
  await expect(handler(input(quarantine))).rejects.toThrow('slower');
});

test('an object that was taken away meanwhile is passed over', async () => {
  const LastModified = new Date(1000);
  s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'a', LastModified }] });
  const { NoSuchKey } = await import('@aws-sdk/client-s3');
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'gone', $metadata: {} }));
  const bucket = { kind: 'records-bucket', name: 'stream-failures', bucket: 'records' };
  await expect(handler(input(bucket))).resolves.toMatchObject({ next: 'end', progress: { there: 1, done: 0 } });
});

test('the sample event is a step after which nothing is left', async () => {
  const event: unknown = JSON.parse(readFileSync('services/redrive/events/step.json', 'utf8'));
  await expect(handler(event)).resolves.toMatchObject({ next: 'end' });
  expect(sqs.commandCalls(ReceiveMessageCommand)).toEqual([]);
});

test('an input that is none of ours fails', async () => {
  await expect(handler({ run: 'r' })).rejects.toThrow();
});
