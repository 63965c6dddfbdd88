import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import type { WakeUp } from '../domain/wake-up.ts';
import { orderedTopic } from './ordered-topic.ts';

const sns = mockClient(SNSClient);
const waits: number[] = [];
const wake = orderedTopic(new SNSClient({}), 'arn:aws:sns:us-east-1:000000000000:ordered.fifo', {
  sleep: async (ms) => void waits.push(ms),
  random: () => 0.5,
});
const wakeUp = (number: number, more: object = {}): WakeUp => ({
  wake: { v: 2, orgId: 'org_1', appId: 'app_1', endpointId: 'ep_1', orderingKey: 'order-7', number, ...more },
  correlationId: `c-${number}`,
});
const entries = () =>
  sns.commandCalls(PublishBatchCommand).map(({ args }) => args[0].input.PublishBatchRequestEntries ?? []);

beforeEach(() => {
  sns.reset();
  waits.length = 0;
});

describe('the topic of wake-ups', () => {
  test('gets each in the group of its endpoint and log, and told apart by its number', async () => {
    sns.on(PublishBatchCommand).resolves({});
    await wake([wakeUp(3)]);
    expect(entries()).toEqual([
      [
        {
          Id: '0',
          Message: JSON.stringify(wakeUp(3).wake),
          MessageGroupId: 'ep_1#order-7',
          MessageDeduplicationId: 'ep_1#order-7#3',
          MessageAttributes: { correlation_id: { DataType: 'String', StringValue: 'c-3' } },
        },
      ],
    ]);
  });

  test('takes one that had to wait for another one, each time', async () => {
    sns.on(PublishBatchCommand).resolves({});
    await wake([wakeUp(3, { wakeAt: 1_800_000_000_000 })]);
    expect(entries()[0]?.[0]?.MessageDeduplicationId).toBe('ep_1#order-7#3#1800000000000');
  });

  test('has room for the longest names in what it tells them apart by', async () => {
    sns.on(PublishBatchCommand).resolves({});
    const longest = { endpointId: `ep_${'x'.repeat(27)}`, orderingKey: 'k'.repeat(64), wakeAt: 9_999_999_999_999 };
    await wake([wakeUp(999_999_999_999, longest)]);
    expect(entries()[0]?.[0]?.MessageDeduplicationId?.length).toBeLessThanOrEqual(128);
  });

  test('gets ten at a time, and is given again what it hands back, and nothing else', async () => {
    sns
      .on(PublishBatchCommand)
      .resolvesOnce({ Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] })
      .resolves({});
    await wake(Array.from({ length: 12 }, (_, n) => wakeUp(n + 1)));
    const sizes = entries().map((batch) => batch.length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 2, 10]);
    expect(waits).toEqual([50]);
  });

  test('that keeps refusing one fails the whole', async () => {
    sns.on(PublishBatchCommand).resolves({ Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] });
    await expect(wake([wakeUp(1)])).rejects.toThrow('1 messages stay refused, the first with InternalError');
  });
});
