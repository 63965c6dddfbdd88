import { readFileSync } from 'node:fs';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { deliveryTask } from '@fanfare/events/delivery-task';
import { orderedDeduplicationId, orderedWake } from '@fanfare/events/ordered-wake';
import { jest } from '@jest/globals';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';

Object.assign(process.env, {
  STAGE: 'test',
  TABLE_NAME: 'fanfare-test',
  TOPIC_DELIVERIES_ARN: 'arn:aws:sns:us-east-1:000000000000:fanfare-test-deliveries',
  TOPIC_ORDERED_ARN: 'arn:aws:sns:us-east-1:000000000000:fanfare-test-ordered.fifo',
  QUEUE_QUARANTINE_URL: 'http://sqs.localhost/000000000000/quarantine',
  POWERTOOLS_SERVICE_NAME: 'fanout',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});

const lines: Record<string, unknown>[] = [];
for (const method of ['log', 'info', 'debug', 'error'] as const) {
  jest.spyOn(console, method).mockImplementation((text) => void lines.push(JSON.parse(String(text))));
}
const table = mockClient(DynamoDBDocumentClient);
const topic = mockClient(SNSClient);
const queue = mockClient(SQSClient);
const { handler } = await import('./fan-out.ts');

const VERSION_ITEM = { SK: 'VERSION', kind: 'application-version', version: 9 };
const endpointItem = (id: string, fields: object = {}) => ({
  SK: `EP#${id}`,
  kind: 'endpoint',
  url: 'https://hooks.example.com/in',
  id,
  disabled: false,
  sinceVersion: 2,
  ...fields,
});
const sample = readFileSync('services/fanout/events/stream-of-two-messages.json', 'utf8');
const event = JSON.parse(sample) as DynamoDBStreamEvent;
const [first, second] = event.Records as [DynamoDBRecord, DynamoDBRecord];
const broken: DynamoDBRecord = {
  ...first,
  eventID: 'broken',
  dynamodb: { ...first.dynamodb, NewImage: { ...first.dynamodb?.NewImage, acceptedAt: { S: 'secret text' } } },
};

const published = (name: string) =>
  topic
    .commandCalls(PublishBatchCommand)
    .filter(({ args }) => args[0].input.TopicArn?.endsWith(name))
    .flatMap(({ args }) => args[0].input.PublishBatchRequestEntries ?? []);
const tasks = () => published('-deliveries').map(({ Message = '' }) => deliveryTask.parse(JSON.parse(Message)));
const wakes = () => published('-ordered.fifo').map(({ Message = '' }) => orderedWake.parse(JSON.parse(Message)));
const quarantined = () => queue.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);

beforeEach(() => {
  for (const mock of [table, topic, queue]) mock.reset();
  lines.length = 0;
  table.on(QueryCommand).resolves({ Items: [endpointItem('ep_1'), VERSION_ITEM] });
  topic.on(PublishBatchCommand).resolves({});
  queue.on(SendMessageCommand).resolves({});
});

describe('the fan-out of a batch of the stream', () => {
  test('publishes the tasks of its messages, whose bodies come out of the record as they were stored', async () => {
    await handler(event);
    expect(tasks()).toMatchObject([
      { messageId: first.dynamodb?.Keys?.SK?.S, endpointId: 'ep_1', attempt: 1 },
      { messageId: second.dynamodb?.Keys?.SK?.S, endpointId: 'ep_1', attempt: 1 },
    ]);
    expect(tasks()[0]?.payload?.base64).toBe(first.dynamodb?.NewImage?.payload?.B);
  });

  test('reads the endpoints strongly, to the last page, and no secrets of them', async () => {
    table
      .on(QueryCommand)
      .resolvesOnce({ Items: [endpointItem('ep_1')], LastEvaluatedKey: { PK: 'x', SK: 'y' } })
      .resolves({ Items: [endpointItem('ep_2'), VERSION_ITEM] });
    await handler({ Records: [first] });
    expect(tasks().map(({ endpointId }) => endpointId)).toEqual(['ep_1', 'ep_2']);
    const { input } = table.commandCalls(QueryCommand)[0]?.args[0] ?? {};
    expect(input?.ConsistentRead).toBe(true);
    expect(Object.values(input?.ExpressionAttributeNames ?? {})).not.toContain('secrets');
    expect(input?.ProjectionExpression).not.toMatch(/secrets/);
  });

  test('puts a record that it cannot read aside, whole, and goes on', async () => {
    await handler({ Records: [broken, second] });
    expect(tasks()).toHaveLength(1);
    expect(quarantined()).toHaveLength(1);
    expect(JSON.parse(quarantined()[0]?.MessageBody ?? '')).toEqual(broken);
    expect(quarantined()[0]?.MessageAttributes?.reason?.StringValue).toMatch(/^acceptedAt: /);
    expect(lines).toContainEqual(expect.objectContaining({ message: 'record.quarantined', event_id: 'broken' }));
    expect(lines).toContainEqual(expect.objectContaining({ RecordQuarantined: 1 }));
  });

  test.each([
    ['that is no insert', { ...first, dynamodb: { Keys: first.dynamodb?.Keys } }],
    [
      'with a number that no program can hold',
      { ...first, dynamodb: { NewImage: { ...first.dynamodb?.NewImage, acceptedAt: { N: '99999999999999999999' } } } },
    ],
    [
      'under the key of something else',
      { ...first, dynamodb: { NewImage: { ...first.dynamodb?.NewImage, PK: { S: 'org#app' } } } },
    ],
    [
      'under a key that is none of ours',
      { ...first, dynamodb: { NewImage: { ...first.dynamodb?.NewImage, PK: { S: '#app x#MSGS#00' } } } },
    ],
  ])('puts a record aside %s', async (_title, record) => {
    await handler({ Records: [record as DynamoDBRecord] });
    expect(quarantined()).toHaveLength(1);
    expect(tasks()).toEqual([]);
  });

  test('puts a message aside whose endpoint cannot be read, after it served the others', async () => {
    table
      .on(QueryCommand)
      .resolves({ Items: [endpointItem('ep_1'), { SK: 'EP#ep_2', kind: 'endpoint' }, VERSION_ITEM] });
    await handler({ Records: [first] });
    expect(tasks()).toMatchObject([{ endpointId: 'ep_1' }]);
    expect(quarantined()[0]?.MessageAttributes?.reason?.StringValue).toBe('endpoints cannot be read: ep_2');
  });

  test('puts a record aside whose text SQS would not take', async () => {
    const image = { ...broken.dynamodb?.NewImage, eventType: { S: '\uffff\ud800é' } };
    const record = { ...broken, dynamodb: { ...broken.dynamodb, NewImage: image } };
    await handler({ Records: [record] });
    expect(quarantined()[0]?.MessageBody).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(quarantined()[0]?.MessageBody ?? '')).toEqual(record);
  });

  test('sends a record that is too large for the queue without its image', async () => {
    const image = { ...broken.dynamodb?.NewImage, eventType: { S: '\u0001'.repeat(200_000) } };
    await handler({ Records: [{ ...broken, dynamodb: { ...broken.dynamodb, NewImage: image } }] });
    const kept = JSON.parse(quarantined()[0]?.MessageBody ?? '') as DynamoDBRecord;
    expect(kept.dynamodb?.NewImage).toBeUndefined();
    expect(kept.dynamodb?.Keys).toEqual(first.dynamodb?.Keys);
  });

  test.each([
    ['the table', () => table.on(QueryCommand).rejects(new Error('throttled'))],
    ['the topic', () => topic.on(PublishBatchCommand).rejects(new Error('throttled'))],
    ['the quarantine', () => queue.on(SendMessageCommand).rejects(new Error('throttled'))],
  ])('fails as a whole when %s fails, so that the event source offers it again', async (_title, breakIt) => {
    breakIt();
    // Another application: the cache may know the sample's.
    const moved = JSON.parse(JSON.stringify(first).replaceAll('app_', 'app_x')) as DynamoDBRecord;
    await expect(handler({ Records: [moved, broken] })).rejects.toThrow('throttled');
  });

  test('does not fill the quarantine with repeats while a dependency keeps failing', async () => {
    topic.on(PublishBatchCommand).rejects(new Error('throttled'));
    await expect(handler({ Records: [broken, second] })).rejects.toThrow('throttled');
    expect(quarantined()).toEqual([]);
  });

  test('the same record twice makes the same attempt twice, in different copies', async () => {
    await handler({ Records: [first] });
    await handler({ Records: [first] });
    const [one, two] = tasks();
    expect({ ...one, copyId: '' }).toEqual({ ...two, copyId: '' });
    expect(one?.copyId).not.toBe(two?.copyId);
  });

  test('writes one metric line for the batch, and no payload anywhere', async () => {
    await handler({ Records: [first, second, broken] });
    expect(lines.filter((line) => '_aws' in line)).toEqual([
      expect.objectContaining({
        service: 'fanout',
        stage: 'test',
        MessageFannedOut: 2,
        TaskPublished: 2,
        RecordQuarantined: 1,
      }),
    ]);
    expect(lines.filter(({ message }) => message === 'message.fanned-out')).toHaveLength(2);
    const text = JSON.stringify(lines);
    expect(text).not.toContain(first.dynamodb?.NewImage?.payload?.B);
    expect(text).not.toContain('secret text');
  });
});

describe('a message whose time has come', () => {
  const [orgId = '', appId = ''] = first.dynamodb?.NewImage?.PK?.S?.split('#') ?? [];
  const messageId = first.dynamodb?.NewImage?.SK?.S ?? '';
  const removal = (image: object = {}): DynamoDBRecord => ({
    eventID: 'removal',
    eventName: 'REMOVE',
    dynamodb: {
      OldImage: {
        ...{ kind: { S: 'due' }, what: { S: 'message' }, dueAt: { N: '1790000000001' } },
        ...{ orgId: { S: orgId }, appId: { S: appId }, messageId: { S: messageId } },
        ...image,
      },
    },
  });
  const stored = (more: object = {}) => {
    const { payload, ...image } = first.dynamodb?.NewImage ?? {};
    const bytes = new Uint8Array(Buffer.from(payload?.B ?? '', 'base64'));
    return { ...unmarshall(image as never), payload: bytes, deliverAt: 1_790_000_000_001, ...more };
  };
  const found = (...items: object[]) => table.on(BatchGetCommand).resolves({ Responses: { 'fanfare-test': items } });

  test('is read as it is now and published', async () => {
    found(stored());
    await handler({ Records: [removal(), second] });
    expect(
      tasks()
        .map((task) => task.messageId)
        .toSorted(),
    ).toEqual([messageId, second.dynamodb?.Keys?.SK?.S ?? ''].toSorted());
    const [read] = table.commandCalls(BatchGetCommand);
    expect(read?.args[0].input.RequestItems?.['fanfare-test']).toMatchObject({ ConsistentRead: true });
  });

  test('is not published when it was called off, or is gone', async () => {
    found(stored({ cancelledAt: 1_790_000_000_000 }));
    await handler({ Records: [removal()] });
    found();
    await handler({ Records: [removal()] });
    expect(tasks()).toEqual([]);
    expect(quarantined()).toEqual([]);
  });

  test('is not published by its insert, however late that is read', async () => {
    const image = { ...first.dynamodb?.NewImage, deliverAt: { N: '1790000000001' } };
    await handler({ Records: [{ ...first, dynamodb: { ...first.dynamodb, NewImage: image } }] });
    expect(tasks()).toEqual([]);
    expect(quarantined()).toEqual([]);
  });

  test('whose record or item cannot be read is put aside, and its neighbours are published', async () => {
    found(stored({ eventType: 7 }));
    await handler({ Records: [removal({ messageId: { S: 'a#b' } }), removal(), second] });
    expect(quarantined()).toHaveLength(2);
    expect(tasks()).toHaveLength(1);
  });

  test('that cannot be read because the table fails comes back', async () => {
    table.on(BatchGetCommand).rejects(new Error('throttled'));
    await expect(handler({ Records: [removal()] })).rejects.toThrow('throttled');
  });
});

describe('the fan-out for an ordered endpoint', () => {
  const ordered = endpointItem('ep_ordered', { orderedSince: 1_700_000_000_000, orderedVersion: 2 });
  const placed = (key: string, number: number): DynamoDBRecord => ({
    ...first,
    eventID: `${key} ${number}`,
    dynamodb: {
      ...first.dynamodb,
      NewImage: {
        ...first.dynamodb?.NewImage,
        SK: { S: `msg_${key}${number}` },
        order: { M: { key: { S: key }, number: { N: String(number) } } },
      },
    },
  });
  const placesIn = (records: readonly DynamoDBRecord[]) =>
    records.map(({ dynamodb }) => {
      const { key, number } = dynamodb?.NewImage?.order?.M ?? {};
      return { key: key?.S ?? '', number: Number(number?.N) };
    });

  beforeEach(() => {
    table.on(QueryCommand).resolves({ Items: [endpointItem('ep_1'), ordered, VERSION_ITEM] });
  });

  test('tells it of a batch once, and reads what it has to know with the other endpoints', async () => {
    await handler({ Records: [placed('a', 1), placed('a', 2), placed('b', 1)] });
    expect(wakes().map(({ endpointId, orderingKey, number }) => [endpointId, orderingKey, number])).toEqual([
      ['ep_ordered', 'a', 2],
      ['ep_ordered', 'b', 1],
    ]);
    expect(tasks().map(({ endpointId }) => endpointId)).toEqual(['ep_1', 'ep_1', 'ep_1']);
    const [query] = table.commandCalls(QueryCommand);
    const names = Object.values(query?.args[0].input.ExpressionAttributeNames ?? {});
    expect(names).toEqual(expect.arrayContaining(['orderedSince', 'orderedVersion']));
    expect(lines).toContainEqual(expect.objectContaining({ message: 'message.fanned-out', ordered: 1, tasks: 1 }));
    expect(lines).toContainEqual(expect.objectContaining({ OrderedWakePublished: 2 }));
  });

  test('tells it of every place, whatever order batches come in, how often, and how many at once', async () => {
    const word = fc.record({ key: fc.constantFrom('a', 'b', 'c'), number: fc.integer({ min: 1, max: 40 }) });
    const batches = fc.array(fc.array(word, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        topic.reset();
        topic.on(PublishBatchCommand).resolves({});
        const made = given.map((batch) => batch.map(({ key, number }) => placed(key, number)));
        await Promise.all([...made, ...made.toReversed()].map((Records) => handler({ Records })));
        for (const batch of made) {
          for (const { key, number } of placesIn(batch)) {
            expect(wakes().some((wake) => wake.orderingKey === key && wake.number >= number)).toBe(true);
          }
        }
        // Each batch tells of each of its logs once, and a repeat says what FIFO topics drop.
        const logsOf = (batch: readonly DynamoDBRecord[]) => new Set(placesIn(batch).map(({ key }) => key)).size;
        expect(wakes()).toHaveLength(2 * made.reduce((sum, batch) => sum + logsOf(batch), 0));
        expect(new Set(wakes().map(orderedDeduplicationId)).size).toBeLessThanOrEqual(wakes().length / 2);
        expect(tasks().filter(({ endpointId }) => endpointId === 'ep_ordered')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('fails as a whole when the topic of wake-ups cannot be reached, so that the batch comes back', async () => {
    topic.on(PublishBatchCommand, { TopicArn: process.env.TOPIC_ORDERED_ARN }).rejects(new Error('unreachable'));
    await expect(handler({ Records: [placed('a', 1)] })).rejects.toThrow('unreachable');
  });
});
