import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { fakeLetterQueue } from '../domain/letter-queue.fake.ts';
import { failureQueue } from './failure-queue.ts';
import { letterQueueContract } from './letter-queue.contract.ts';

describe('a fake of queues', () =>
  letterQueueContract(async () => ({ ...fakeLetterQueue(Date.now), standardUrl: 'queue', fifoUrl: 'queue.fifo' })));

test('each message that SQS does not take of a batch is told with its reason, also of a second call', async () => {
  const sqs = mockClient(SQSClient);
  sqs.on(SendMessageBatchCommand).callsFake(({ Entries = [] }) => ({
    Failed: (Entries as { Id: string }[]).slice(-1).map(({ Id }) => ({ Id, Code: 'Throttled', Message: 'slower' })),
  }));
  const messages = Array.from({ length: 4 }, (_, index) => ({ body: `${index}`.padEnd(100_000, 'x'), attributes: {} }));
  const refused = await failureQueue(new SQSClient({})).send('https://sqs/1/queue', messages);
  expect(refused).toEqual([
    { index: 1, reason: 'Throttled: slower' },
    { index: 3, reason: 'Throttled: slower' },
  ]);
});
