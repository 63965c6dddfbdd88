import { type MessageAttributeValue, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { newApplication, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { impatientLane } from './impatient-lane.ts';
import {
  giveTo,
  OTHERS_ORG_ID,
  QUEUE_ORG_ID,
  storedIds,
  untilDenied,
  untilRejected,
  untilStored,
  withoutRight,
} from './intake.ts';
import { ops, opsJson } from './ops-command.ts';
import { type Tenant, tenantOf } from './tenant.ts';
import { messagesIn, sqs, untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;
let queueUrl: string;

beforeAll(async () => {
  tenant = await tenantOf(QUEUE_ORG_ID);
  queueUrl = await contractValue('queue/intake/url');
});

type Given = { readonly body: string; readonly attributes: Readonly<Record<string, string>> };

const forApplication = (application: string, body: string, more: Readonly<Record<string, string>> = {}): Given => ({
  body,
  attributes: { organisation: QUEUE_ORG_ID, application, eventType: 'order.paid', ...more },
});

const attributesOf = ({ attributes }: Given): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );

const put = async (...given: readonly Given[]): Promise<void> => {
  const { Failed } = await sqs().send(
    new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: given.map((one, index) => ({
        Id: String(index),
        MessageBody: one.body,
        MessageAttributes: attributesOf(one),
      })),
    }),
  );
  expect(Failed ?? []).toEqual([]);
};

/** The same message as the event source would hand it over, at every time that it is received. */
const received = (messageId: string, given: Given): object => ({
  Records: [
    {
      messageId,
      body: given.body,
      attributes: { SentTimestamp: String(Date.now() - 5000), SenderId: '000000000000', ApproximateReceiveCount: '1' },
      messageAttributes: Object.fromEntries(
        Object.entries(given.attributes).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' }]),
      ),
    },
  ],
});

describe('the intake queue', () => {
  test('takes messages of a service, which are delivered byte for byte', async () => {
    const target = await newTarget(tenant);
    const bodies = Array.from({ length: 10 }, (_, number) => `{"number":${number}, "price":1.50}`);
    await put(...bodies.map((body) => forApplication(target.appId, body)));
    await untilReceived(target, 10);
    await untilLaneIsEmpty();
    expect(
      receivedBy(target)
        .map(({ body }) => String(body))
        .toSorted(),
    ).toEqual(bodies);
  });

  test('refuses bad messages alone: they lie among the rejects with the reason, and the good ones are accepted', async () => {
    const appId = await newApplication(tenant);
    const marks = Array.from({ length: 3 }, () => crypto.randomUUID());
    await put(
      forApplication(appId, '{"number":1}'),
      forApplication(appId, `no JSON ${marks[0]}`),
      forApplication(appId, `{"mark":"${marks[1]}"}`, { organisation: OTHERS_ORG_ID }),
      forApplication('nobody', `{"mark":"${marks[2]}"}`),
      forApplication(appId, '{"number":2}'),
    );
    await untilStored(tenant, appId, 2);
    const rejected = await Promise.all(marks.map(untilRejected));
    expect(rejected.map(({ source, reasons }) => ({ source, reasons }))).toEqual([
      { source: 'queue', reasons: [{ loc: ['body'], msg: 'is not JSON' }] },
      { source: 'queue', reasons: [{ loc: ['attributes', 'organisation'], msg: expect.stringContaining('may not') }] },
      { source: 'queue', reasons: [{ loc: ['application'], msg: 'There is no such application.' }] },
    ]);
    expect(rejected[0]?.record).toMatchObject({ body: `no JSON ${marks[0]}` });
  });

  test('shows its rejects to an operator without their content, and does not repeat them', async () => {
    const mark = crypto.randomUUID();
    await put(forApplication('nobody', `{"secret":"${mark}"}`));
    type Shown = { readonly body: { readonly kind: string; readonly reasons?: readonly string[] } };
    const shown = await eventually('the reject', async () => {
      const all = await opsJson<Shown[]>('dlq', 'show', 'intake-rejects', '--limit', '100');
      return all.length > 0 ? all : undefined;
    });
    expect(shown).toContainEqual(
      expect.objectContaining({
        body: expect.objectContaining({ kind: 'rejected', reasons: ['application: There is no such application.'] }),
      }),
    );
    expect(JSON.stringify(shown)).not.toContain(mark);
    expect(await ops('dlq', 'redrive', 'intake-rejects')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('was refused for what it is'),
    });
    const listed = await opsJson<{ name: string; kind: string; readBy: string[] }[]>('dlq', 'list');
    expect(listed).toContainEqual(expect.objectContaining({ name: 'intake-rejects', kind: 'rejects', readBy: [] }));
    await untilRejected(mark);
  });

  test('that tells of a message twice has it accepted once', async () => {
    const appId = await newApplication(tenant);
    const event = received(crypto.randomUUID(), forApplication(appId, '{"number":1}'));
    expect(await giveTo('ingest-queue', event)).toEqual({ batchItemFailures: [] });
    expect(await giveTo('ingest-queue', event)).toEqual({ batchItemFailures: [] });
    expect(await storedIds(tenant, appId)).toHaveLength(1);
  });

  test('of which a dead letter was accepted before its function died is not accepted again when that is redriven', async () => {
    const appId = await newApplication(tenant);
    const giveBack = await impatientLane(queueUrl);
    const restore = await withoutRight('ingest-queue', 'dynamodb:PutItem');
    try {
      const given = forApplication(appId, '{"number":1}');
      const { MessageId = '' } = await sqs().send(
        new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: given.body, MessageAttributes: attributesOf(given) }),
      );
      type Shown = { readonly messageId: string; readonly sentAt: string };
      const letter = await eventually('the message among the dead letters', async () =>
        (await opsJson<Shown[]>('dlq', 'show', 'intake', '--limit', '100')).find((one) => one.messageId === MessageId),
      );
      expect(await storedIds(tenant, appId)).toEqual([]);
      await restore();
      // What the function leaves that accepts it and dies before it can say so.
      const seen = received(MessageId, given) as { Records: [{ attributes: { SentTimestamp: string } }] };
      seen.Records[0].attributes.SentTimestamp = String(Date.parse(letter.sentAt));
      await giveTo('ingest-queue', seen);
      const ids = await storedIds(tenant, appId);
      expect(ids).toHaveLength(1);
      await opsJson('dlq', 'redrive', 'intake');
      await eventually('an empty queue', async () => ((await messagesIn(queueUrl)) === 0 ? true : undefined));
      expect(await storedIds(tenant, appId)).toEqual(ids);
    } finally {
      await restore();
      await giveBack();
    }
  });

  test('keeps what cannot be written, until it can', async () => {
    const appId = await newApplication(tenant);
    const giveBack = await impatientLane(queueUrl);
    const restore = await withoutRight('ingest-queue', 'dynamodb:PutItem');
    try {
      const sinceMs = Date.now();
      await put(forApplication(appId, '{"number":1}'));
      await untilDenied('ingest-queue', sinceMs);
      expect(await storedIds(tenant, appId)).toEqual([]);
      await restore();
      await untilStored(tenant, appId, 1);
    } finally {
      await restore();
      await giveBack();
    }
  });
});
