import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { mockClient } from 'aws-sdk-client-mock';
import { dueTaskOf } from '../domain/due-task.ts';
import { task } from '../domain/task.fake.ts';
import { dueLanes } from './due-lanes.ts';

const NOW = 1_800_000_000_000;
const URL = 'http://sqs.localhost/000000000000/webhook';
const AWS_URL = 'http://sqs.localhost/000000000000/aws';
const sqs = mockClient(SQSClient);
const slept: number[] = [];
let copies = 0;
const send = dueLanes({
  client: new SQSClient({}),
  queueUrls: { webhook: URL, slow: `${URL}-slow`, aws: AWS_URL },
  waiting: { sleep: async (ms) => void slept.push(ms), random: () => 0.5 },
  now: () => NOW,
  mintCopyId: () => `copy-${copies++}`,
});
const due = (dueAt: number, messageId = 'msg_1') =>
  dueTaskOf(task({ attempt: 4, messageId }), dueAt, { lane: 'webhook', correlation_id: 'c-1' });
const calls = () => sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  sqs.reset();
  slept.length = 0;
  copies = 0;
});

test('a task is put back into its lane with the delay that is left, its group and what it came with', async () => {
  sqs.on(SendMessageBatchCommand).resolves({ Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }] });
  const item = due(NOW + 61_500);
  await expect(send([item])).resolves.toEqual(new Set([item]));
  const { MessageBody = '', ...entry } = calls()[0]?.Entries?.[0] ?? {};
  expect(deliveryTask.parse(JSON.parse(MessageBody))).toEqual({ ...item.task, copyId: 'copy-0' });
  expect(calls()[0]?.QueueUrl).toBe(URL);
  expect(entry).toEqual({
    Id: '0',
    DelaySeconds: 62,
    MessageGroupId: item.task.appId,
    MessageAttributes: {
      lane: { DataType: 'String', StringValue: 'webhook' },
      correlation_id: { DataType: 'String', StringValue: 'c-1' },
    },
  });
});

test.each([
  ['is late is sent at once', -60_000, 0],
  ['is far ahead is held back as long as a queue can', 5_000_000, 900],
])('a task that %s', async (_title, inMs, delay) => {
  sqs.on(SendMessageBatchCommand).resolves({});
  await send([due(NOW + inMs)]);
  expect(calls()[0]?.Entries?.[0]?.DelaySeconds).toBe(delay);
});

test('what the queue refuses for now is offered again, and nothing else is', async () => {
  const items = ['a', 'b', 'c'].map((id) => due(NOW, id));
  sqs
    .on(SendMessageBatchCommand)
    .resolvesOnce({
      Successful: [{ Id: '1', MessageId: 'm', MD5OfMessageBody: '' }],
      Failed: [
        { Id: '0', SenderFault: false, Code: 'ThrottlingException' },
        { Id: '2', SenderFault: true, Code: 'InvalidMessageContents' },
      ],
    })
    .resolves({ Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }] });
  await expect(send(items)).resolves.toEqual(new Set([items[0], items[1]]));
  expect(calls().map(({ Entries }) => Entries?.length)).toEqual([3, 1]);
  expect(slept).toHaveLength(1);
});

test('what the queue goes on refusing is not said to be sent', async () => {
  sqs.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: '0', SenderFault: false, Code: 'ThrottlingException' }] });
  await expect(send([due(NOW)])).resolves.toEqual(new Set());
  expect(calls().length).toBeLessThanOrEqual(6);
});

test('each task goes into its own lane', async () => {
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries = [] }) => ({ Successful: Entries }));
  const webhook = due(NOW, 'msg_1');
  const aws = dueTaskOf(task({ attempt: 4, messageId: 'msg_2', lane: 'aws' }), NOW, { lane: 'aws' });
  await expect(send([webhook, aws])).resolves.toEqual(new Set([webhook, aws]));
  const bodies = calls().map(({ QueueUrl, Entries = [] }) => [QueueUrl, Entries.length]);
  expect(bodies.sort()).toEqual([
    [AWS_URL, 1],
    [URL, 1],
  ]);
});
