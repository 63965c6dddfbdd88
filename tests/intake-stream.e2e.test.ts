import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { newApplication, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { giveTo, QUEUE_ORG_ID, storedIds, untilDenied, untilRejected, untilStored, withoutRight } from './intake.ts';
import { ops } from './ops-command.ts';
import { type Tenant, tenantOf } from './tenant.ts';
import { sqs, untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;
let streamArn: string;

beforeAll(async () => {
  tenant = await tenantOf(QUEUE_ORG_ID);
  streamArn = await contractValue('stream/intake/arn');
});

const textOf = (application: string, number: number): string =>
  `{"v":1,"organisation":"${QUEUE_ORG_ID}","application":"${application}",` +
  `"message":{"eventType":"order.paid","payload":{"number":${number}, "price":1.50}}}`;

const put = async (...texts: readonly string[]): Promise<void> => {
  const { FailedRecordCount } = await new KinesisClient(clientOptions()).send(
    new PutRecordsCommand({
      StreamARN: streamArn,
      Records: texts.map((text, index) => ({ Data: Buffer.from(text), PartitionKey: `customer-${index % 3}` })),
    }),
  );
  expect(FailedRecordCount).toBe(0);
};

/** A record as the event source hands it over, each time that its batch is offered. */
const recordOf = (text: string, place = crypto.randomUUID()) => ({
  eventID: `shardId-000000000000:${place}`,
  eventSource: 'aws:kinesis',
  eventSourceARN: streamArn,
  kinesis: {
    ...{ sequenceNumber: place, partitionKey: 'customer-1', kinesisSchemaVersion: '1.0' },
    ...{ data: Buffer.from(text).toString('base64'), approximateArrivalTimestamp: Date.now() / 1000 },
  },
});

describe('the intake stream', () => {
  test('takes records, which are delivered byte for byte', async () => {
    const target = await newTarget(tenant);
    await put(...Array.from({ length: 40 }, (_, number) => textOf(target.appId, number)));
    await untilReceived(target, 40);
    await untilLaneIsEmpty();
    expect(
      receivedBy(target)
        .map(({ body }) => String(body))
        .toSorted(),
    ).toEqual(Array.from({ length: 40 }, (_, number) => `{"number":${number}, "price":1.50}`).toSorted());
  });

  test('passes bad records: they lie among the rejects with the reason, and those around them are accepted', async () => {
    const appId = await newApplication(tenant);
    const marks = [crypto.randomUUID(), crypto.randomUUID()];
    const foreign = textOf(appId, 2).replace(QUEUE_ORG_ID, `org_${marks[1]}`);
    await put(textOf(appId, 1), `no JSON ${marks[0]}`, foreign, textOf(appId, 3));
    await untilStored(tenant, appId, 2);
    const base64 = marks.map((_, index) =>
      Buffer.from(index === 0 ? `no JSON ${marks[0]}` : foreign).toString('base64'),
    );
    const rejected = await Promise.all(base64.map(untilRejected));
    expect(rejected.map(({ source, reasons }) => ({ source, reasons }))).toEqual([
      { source: 'stream', reasons: [{ loc: ['body'], msg: 'is not JSON' }] },
      { source: 'stream', reasons: [{ loc: ['body', 'organisation'], msg: expect.stringContaining('may not') }] },
    ]);
  });

  test('of which a batch is offered twice, the second time without its first half, has it accepted once', async () => {
    const appId = await newApplication(tenant);
    const records = Array.from({ length: 10 }, (_, number) => recordOf(textOf(appId, number)));
    await giveTo('ingest-stream', { Records: records });
    await giveTo('ingest-stream', { Records: records });
    await giveTo('ingest-stream', { Records: records.slice(5) });
    expect(await storedIds(tenant, appId)).toHaveLength(10);
  });

  test('is not read past what cannot be written: it is accepted, in whole, once it can', async () => {
    const appId = await newApplication(tenant);
    const restore = await withoutRight('ingest-stream', 'dynamodb:PutItem');
    try {
      const sinceMs = Date.now();
      await put(...Array.from({ length: 20 }, (_, number) => textOf(appId, number)));
      await untilDenied('ingest-stream', sinceMs);
      expect(await storedIds(tenant, appId)).toEqual([]);
    } finally {
      await restore();
    }
    expect(await untilStored(tenant, appId, 20)).toHaveLength(20);
  });

  test('is delivered to an ordered endpoint in the order of each partition key', async () => {
    const target = await newTarget(tenant, { metadata: { 'fanfare.ordered': 'true' } });
    const count = 30; // put() gives them three partition keys in turn
    await put(...Array.from({ length: count }, (_, number) => textOf(target.appId, number)));
    await untilReceived(target, count);
    const numbers = receivedBy(target).map(({ body }) => (JSON.parse(String(body)) as { number: number }).number);
    for (const key of [0, 1, 2]) {
      const ofKey = [...new Set(numbers.filter((number) => number % 3 === key))];
      expect(ofKey).toEqual(Array.from({ length: count / 3 }, (_, index) => 3 * index + key));
    }
  });

  test('of which a batch was given up, half of it accepted, is made whole by a redrive', async () => {
    const appId = await newApplication(tenant);
    const records = Array.from({ length: 6 }, (_, number) => recordOf(textOf(appId, number)));
    await giveTo('ingest-stream', { Records: records.slice(0, 3) });
    const before = await storedIds(tenant, appId);
    const QueueUrl = await queueUrlOf(await contractValue('destination/stream-failures/arn'));
    const givenUp = {
      KinesisBatchInfo: { shardId: 'shardId-000000000000' },
      payload: JSON.stringify({ Records: records }),
    };
    await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(givenUp) }));
    await ops('dlq', 'redrive', 'stream-failures'); // what other tests left there may stay
    const after = await untilStored(tenant, appId, 6);
    expect(after).toHaveLength(6);
    expect(after).toEqual(expect.arrayContaining([...before]));
  });

  /** The local stage has a queue where AWS has a bucket. */
  const queueUrlOf = async (arn: string): Promise<string> =>
    (await contractValue('queue/intake/url')).replace(/[^/]+$/, arn.split(':').at(-1) ?? '');
});
