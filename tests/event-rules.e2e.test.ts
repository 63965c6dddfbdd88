import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { jest } from '@jest/globals';
import { newApplication, newEndpoint, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { impatientLane } from './impatient-lane.ts';
import { giveTo, QUEUE_ORG_ID, storedIds, untilDenied, untilRejected, untilStored, withoutRight } from './intake.ts';
import { type Tenant, tenantOf } from './tenant.ts';
import { messagesIn, untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await tenantOf(QUEUE_ORG_ID);
});

/** Puts events onto the default bus, as a service of the owner's does that knows nothing of webhooks. */
const putEvents = async (...details: readonly object[]): Promise<readonly string[]> => {
  const { Entries = [], FailedEntryCount } = await new EventBridgeClient(clientOptions()).send(
    new PutEventsCommand({
      Entries: details.map((detail) => ({
        Source: 'shop.of.the.tests',
        DetailType: 'Order Paid',
        Detail: JSON.stringify(detail),
      })),
    }),
  );
  expect(FailedEntryCount).toBe(0);
  return Entries.map(({ EventId = '' }) => EventId);
};

describe('an event of a bus that a rule lets in', () => {
  test('is delivered to the application that a field of it names, its detail as the payload', async () => {
    const target = await newTarget(tenant, { eventTypes: ['Order.Paid'] });
    const detail = { customer: { id: target.appId }, price: 1.5 };
    await putEvents(detail);
    const [request] = await untilReceived(target, 1);
    expect(JSON.parse(String(request?.body))).toEqual(detail);
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(1);
  });

  test('and cannot become a message is refused alone, with the reason', async () => {
    const appId = await newApplication(tenant);
    const good = { customer: { id: appId } };
    const [, bad = ''] = await putEvents(good, { customer: 'nobody' }, good);
    await untilStored(tenant, appId, 2);
    expect(await untilRejected(bad)).toMatchObject({
      source: 'events',
      reasons: [{ loc: ['body', 'event', 'detail', 'customer', 'id'], msg: 'names no application' }],
    });
  });

  test('twice, as buses may deliver it, is accepted once', async () => {
    const appId = await newApplication(tenant);
    const event = {
      ...{ id: crypto.randomUUID(), time: '2026-01-01T00:00:00Z', 'detail-type': 'Order Paid' },
      detail: { customer: { id: appId } },
    };
    const body = {
      ...{ v: 1, rule: 'shop', organisation: QUEUE_ORG_ID, application: appId, applicationPath: null },
      ...{ eventType: null, payload: 'detail', event },
    };
    const record = () => ({
      messageId: crypto.randomUUID(),
      body: JSON.stringify(body),
      attributes: { SentTimestamp: String(Date.now()), SenderId: 'AIDAEVENTS' },
      messageAttributes: {},
    });
    expect(await giveTo('ingest-events', { Records: [record(), record()] })).toEqual({ batchItemFailures: [] });
    expect(await giveTo('ingest-events', { Records: [record()] })).toEqual({ batchItemFailures: [] });
    expect(await storedIds(tenant, appId)).toHaveLength(1);
  });

  test('is kept when it cannot be written, until it can', async () => {
    const appId = await newApplication(tenant);
    const queueUrl = await contractValue('queue/event-intake/url');
    const giveBack = await impatientLane(queueUrl);
    const restore = await withoutRight('ingest-events', 'dynamodb:PutItem');
    try {
      const sinceMs = Date.now();
      await putEvents({ customer: { id: appId } });
      await untilDenied('ingest-events', sinceMs);
      expect(await storedIds(tenant, appId)).toEqual([]);
      await restore();
      await untilStored(tenant, appId, 1);
      await eventually('an empty queue', async () => ((await messagesIn(queueUrl)) === 0 ? true : undefined));
    } finally {
      await restore();
      await giveBack();
    }
  });
});

describe('an event that AWS makes itself', () => {
  test('becomes a webhook without code: an object that is stored in a bucket', async () => {
    const uid = 'uploads-of-the-tests';
    const { id } = await tenant.svix.application.getOrCreate({ name: 'Uploads', uid });
    const target = await newEndpoint(tenant, id, { eventTypes: ['upload.stored'] });
    const s3 = new S3Client({ ...clientOptions(), forcePathStyle: true });
    const Bucket = `uploads-${crypto.randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'invoices/in_1.pdf', Body: 'invoice' }));
    const [request] = await untilReceived(target, 1);
    expect(JSON.parse(String(request?.body))).toMatchObject({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: Bucket }, object: { key: 'invoices/in_1.pdf' } },
    });
  });
});
