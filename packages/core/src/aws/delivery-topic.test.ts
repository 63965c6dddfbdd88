import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import type { Publication } from '../deliveries/publication.ts';
import { deliveryTopic } from './delivery-topic.ts';

const sns = mockClient(SNSClient);
const waits: number[] = [];
const publish = deliveryTopic(new SNSClient({}), 'arn:aws:sns:us-east-1:000000000000:deliveries', {
  sleep: async (ms) => void waits.push(ms),
  random: () => 0.5,
});

const publications = (count: number): Publication[] =>
  Array.from({ length: count }, (_, n) => ({
    body: `{"n":${n}}`,
    groupId: 'app_1',
    correlationId: `c-${n}`,
    lane: 'aws',
  }));

const bodies = () =>
  sns
    .commandCalls(PublishBatchCommand)
    .map(({ args }) => args[0].input.PublishBatchRequestEntries?.map(({ Message }) => Message));

beforeEach(() => {
  sns.reset();
  waits.length = 0;
});

describe('the topic', () => {
  test('gets each task with its lane, its correlation id and the application as its group', async () => {
    sns.on(PublishBatchCommand).resolves({});
    await publish(publications(1));
    expect(sns.commandCalls(PublishBatchCommand)[0]?.args[0].input.PublishBatchRequestEntries).toEqual([
      {
        Id: '0',
        Message: '{"n":0}',
        MessageGroupId: 'app_1',
        MessageAttributes: {
          lane: { DataType: 'String', StringValue: 'aws' },
          correlation_id: { DataType: 'String', StringValue: 'c-0' },
        },
      },
    ]);
  });

  test('is given again what it hands back, and nothing else', async () => {
    sns
      .on(PublishBatchCommand)
      .resolvesOnce({ Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] })
      .resolves({});
    await publish(publications(3));
    expect(bodies()).toEqual([['{"n":0}', '{"n":1}', '{"n":2}'], ['{"n":1}']]);
    expect(waits).toEqual([50]);
  });

  test('that keeps refusing a task fails the whole, after growing waits', async () => {
    sns.on(PublishBatchCommand).resolves({ Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] });
    await expect(publish(publications(2))).rejects.toThrow('1 messages stay refused, the first with InternalError');
    expect(waits).toEqual([50, 100, 200, 400, 800]);
  });

  test('that cannot be reached fails the whole once every call has ended', async () => {
    sns.on(PublishBatchCommand).rejectsOnce(new Error('unreachable')).resolves({});
    await expect(publish(publications(25))).rejects.toThrow('unreachable');
    expect(sns.commandCalls(PublishBatchCommand)).toHaveLength(3);
  });
});
