import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { messageKey } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import { jest } from '@jest/globals';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { giveTo, QUEUE_ORG_ID, untilStored } from './intake.ts';
import { call, type Tenant, tenantOf } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
let tenant: Tenant;

beforeAll(async () => {
  tenant = await tenantOf(QUEUE_ORG_ID);
});

const DAY_MS = 86_400_000;
const application = async (more: object): Promise<{ readonly id: string; readonly [field: string]: unknown }> => {
  const text = JSON.stringify({ name: 'under test', ...more });
  return (await call('POST', '/api/v1/app', { token: tenant.token, text })).body as { id: string };
};
const post = async (appId: string, more: object = {}): Promise<string> => {
  const text = JSON.stringify({ eventType: 'a', payload: { n: 1 }, ...more });
  return ((await call('POST', `/api/v1/app/${appId}/msg`, { token: tenant.token, text })).body as { id: string }).id;
};

/**
 * For how many days the table says that a payload is kept, from its acceptance on or from when it is to be delivered: to the minute,
 * as the period counts from the write, which comes a little later.
 */
const daysKept = async (appId: string, messageId: string): Promise<number> => {
  const Key = messageKey({ orgId: tenant.orgId, appId, messageId });
  const TableName = await contractValue('table/name');
  const { Item } = await testTableClient().send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  const { payloadExpiresAt, acceptedAt, deliverAt = acceptedAt } = Item as MessageRecord;
  return Math.round((payloadExpiresAt - deliverAt / 1000) / 60) / (24 * 60);
};

describe("an application's word on how long payloads are kept", () => {
  test('counts for single messages, later ones and batches, unless a message says otherwise', async () => {
    const { id } = await application({ payloadRetentionPeriod: 30 });
    expect(await daysKept(id, await post(id))).toBe(30);
    expect(await daysKept(id, await post(id, { eventId: 'order-7' }))).toBe(30);
    expect(await daysKept(id, await post(id, { deliverAt: new Date(Date.now() + DAY_MS) }))).toBe(30);
    expect(await daysKept(id, await post(id, { payloadRetentionPeriod: 90 }))).toBe(90);
    expect(await daysKept(id, await post(id, { payloadRetentionHours: 12 }))).toBe(0.5);
    const text = JSON.stringify([{ eventType: 'a', payload: {} }]);
    const batch = await call('POST', `/api/v1/app/${id}/msg/batch`, { token: tenant.token, text });
    expect(await daysKept(id, (batch.body as { data: { id: string }[] }).data[0]?.id ?? '')).toBe(30);
  });

  test('counts for what comes in by the queue, a bus and the stream', async () => {
    const { id } = await application({ payloadRetentionPeriod: 30 });
    const [messageId, now] = [crypto.randomUUID(), Date.now()];
    const attributes = { SentTimestamp: String(now), SenderId: '000000000000', ApproximateReceiveCount: '1' };
    const given = { organisation: QUEUE_ORG_ID, application: id, eventType: 'a' };
    const messageAttributes = Object.fromEntries(
      Object.entries(given).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]),
    );
    await giveTo('ingest-queue', { Records: [{ messageId, body: '{}', attributes, messageAttributes }] });
    const event = { id: messageId, time: new Date(now).toISOString(), 'detail-type': 'a', detail: {} };
    const rule = { v: 1, rule: 'shop', organisation: QUEUE_ORG_ID, application: id, applicationPath: null };
    const body = JSON.stringify({ ...rule, eventType: null, payload: 'detail', event });
    await giveTo('ingest-events', { Records: [{ messageId, body, attributes, messageAttributes: {} }] });
    const record = { v: 1, organisation: QUEUE_ORG_ID, application: id, message: { eventType: 'a', payload: {} } };
    const kinesis = {
      ...{ sequenceNumber: messageId, partitionKey: 'k', kinesisSchemaVersion: '1.0' },
      ...{ data: Buffer.from(JSON.stringify(record)).toString('base64'), approximateArrivalTimestamp: now / 1000 },
    };
    const eventSourceARN = await contractValue('stream/intake/arn');
    await giveTo('ingest-stream', {
      Records: [{ eventID: `shard:${messageId}`, eventSource: 'aws:kinesis', eventSourceARN, kinesis }],
    });
    const ids = await untilStored(tenant, id, 3);
    expect(await Promise.all(ids.map((one) => daysKept(id, one)))).toEqual([30, 30, 30]);
  });

  test('is shown, is changed by a PATCH and a PUT for what comes after, and holds for what was accepted before', async () => {
    const { id, ...made } = await application({ payloadRetentionPeriod: 30 });
    expect(made).toMatchObject({ payloadRetentionPeriod: 30 });
    const before = await post(id);
    const path = `/api/v1/app/${id}`;
    const change = (method: string, body: object) =>
      call(method, path, { token: tenant.token, text: JSON.stringify(body) });
    expect(await change('PATCH', { payloadRetentionPeriod: 7 })).toMatchObject({ body: { payloadRetentionPeriod: 7 } });
    expect(await daysKept(id, await post(id))).toBe(7);
    expect(await change('PUT', { name: 'again' })).toMatchObject({ body: { payloadRetentionPeriod: null } });
    expect(await daysKept(id, await post(id))).toBe(90);
    expect(await daysKept(id, before)).toBe(30);
    expect(await change('PATCH', { payloadRetentionPeriod: 4 })).toMatchObject({
      ...{ status: 422, body: { detail: [{ loc: ['body', 'payloadRetentionPeriod'], msg: 'must be at least 5' }] } },
    });
  });

  test('is given and shown through the official SDK, in the metadata', async () => {
    const name = 'fanfare.payloadRetentionPeriod';
    const { id } = await tenant.svix.application.create({
      name: 'under test',
      metadata: { [name]: '14', plan: 'pro' },
    });
    const shown = await tenant.svix.application.get(id);
    expect(shown.metadata).toEqual({ [name]: '14', plan: 'pro' });
    expect(await daysKept(id, await post(id))).toBe(14);
    await tenant.svix.application.upsert(id, shown);
    expect(await daysKept(id, await post(id))).toBe(14);
  });
});
