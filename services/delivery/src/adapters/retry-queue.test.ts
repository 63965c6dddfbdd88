import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { task } from '../domain/task.fake.ts';
import { retryLanes, retryQueue } from './retry-queue.ts';

const sqs = mockClient(SQSClient);
const URL = 'http://sqs.localhost/000000000000/webhook';

beforeEach(() => {
  sqs.reset();
});

test('a retry waits in the lane it came from, in its application’s group, with the attributes it came with', async () => {
  sqs.on(SendMessageCommand).resolves({});
  const retry = task({ attempt: 2 });
  await retryQueue(new SQSClient({}), URL)(retry, 7, { lane: 'webhook', correlation_id: 'c-1' });
  const { QueueUrl, MessageBody = '', ...sent } = sqs.commandCalls(SendMessageCommand)[0]?.args[0].input ?? {};
  expect(QueueUrl).toBe(URL);
  expect(JSON.parse(MessageBody)).toEqual(retry);
  expect(sent).toEqual({
    DelaySeconds: 7,
    MessageGroupId: retry.appId,
    MessageAttributes: {
      lane: { DataType: 'String', StringValue: 'webhook' },
      correlation_id: { DataType: 'String', StringValue: 'c-1' },
    },
  });
});

test.each([
  ['its own lane', 'aws', 'http://aws'],
  ['the slow lane, when it is of that', 'slow', 'http://slow'],
  ['the first lane, when it has none', undefined, 'http://webhook'],
] as const)('a task goes back into %s, and says so', async (_title, lane, url) => {
  sqs.on(SendMessageCommand).resolves({});
  const put = retryLanes(new SQSClient({}), { webhook: 'http://webhook', slow: 'http://slow', aws: 'http://aws' });
  await put(task(lane === undefined ? {} : { lane }), 0, { lane: 'other' });
  expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toMatchObject({
    QueueUrl: url,
    MessageAttributes: { lane: { StringValue: lane ?? 'webhook' } },
  });
});
