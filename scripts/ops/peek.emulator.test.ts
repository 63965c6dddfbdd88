import { CreateQueueCommand, DeleteQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../../tests/environment-under-test.ts';
import { peek } from './peek.ts';

const sqs = new SQSClient(clientOptions());
let url = '';

beforeEach(async () => {
  const QueueName = `peek-${crypto.randomUUID().slice(0, 8)}`;
  url = (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
});
afterEach(async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl: url }))));

const put = async (count: number): Promise<readonly string[]> => {
  const bodies = Array.from({ length: count }, (_, index) => `task ${String(index).padStart(2, '0')}`);
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
  return bodies;
};
const bodies = async () => (await peek(sqs, url, 100)).map(({ Body }) => Body).sort();

describe('a look at a queue', () => {
  test('leaves its messages there for the next one to see', async () => {
    const all = await put(12);
    expect(await bodies()).toEqual(all);
    expect(await bodies()).toEqual(all);
  });

  test('sees as many as were asked for', async () => {
    await put(5);
    expect(await peek(sqs, url, 3)).toHaveLength(3);
  });
});
