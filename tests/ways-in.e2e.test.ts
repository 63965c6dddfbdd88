import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { type Trouble, type TroubledFunction, troubled } from './faults.ts';
import { impatientLane } from './impatient-lane.ts';
import { QUEUE_ORG_ID, storedIds, untilStored } from './intake.ts';
import { call, type Tenant, tenantOf } from './tenant.ts';
import { messagesIn, sqs, untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await tenantOf(QUEUE_ORG_ID);
});

/** As many as all ways take in one call. */
const COUNT = 10;
const numbers = Array.from({ length: COUNT }, (_, number) => number);

type WayIn = {
  readonly functionName: string;
  /** Where what could not be done waits for its next turn. */
  readonly queue?: string;
  /** Hands over messages; a caller who is refused repeats its call until it is not. */
  readonly give: (appId: string) => Promise<void>;
};

const postBatch: WayIn['give'] = async (appId) => {
  const text = numbers.map((number) => JSON.stringify({ eventType: 'a', payload: { number } })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': crypto.randomUUID() };
  await eventually('a batch that is accepted', async () => {
    const path = `/api/v1/app/${appId}/msg/batch`;
    const { status } = await call('POST', path, { token: tenant.token, text, headers });
    return status === 202 ? true : undefined;
  });
};

const sendToQueue: WayIn['give'] = async (appId) => {
  const attributes = { organisation: QUEUE_ORG_ID, application: appId, eventType: 'a' };
  const { Failed = [] } = await sqs().send(
    new SendMessageBatchCommand({
      QueueUrl: await contractValue('queue/intake/url'),
      Entries: numbers.map((number) => ({
        ...{ Id: String(number), MessageBody: JSON.stringify({ number }) },
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
        ),
      })),
    }),
  );
  expect(Failed).toEqual([]);
};

const putOnBus: WayIn['give'] = async (appId) => {
  const { FailedEntryCount } = await new EventBridgeClient(clientOptions()).send(
    new PutEventsCommand({
      Entries: numbers.map((number) => ({
        ...{ Source: 'shop.of.the.tests', DetailType: 'Order Paid' },
        Detail: JSON.stringify({ number, customer: { id: appId } }),
      })),
    }),
  );
  expect(FailedEntryCount).toBe(0);
};

const putIntoStream: WayIn['give'] = async (appId) => {
  const { FailedRecordCount } = await new KinesisClient(clientOptions()).send(
    new PutRecordsCommand({
      StreamARN: await contractValue('stream/intake/arn'),
      Records: numbers.map((number) => ({
        Data: Buffer.from(
          JSON.stringify({
            ...{ v: 1, organisation: QUEUE_ORG_ID, application: appId },
            message: { eventType: 'a', payload: { number } },
          }),
        ),
        PartitionKey: `key-${number}`,
      })),
    }),
  );
  expect(FailedRecordCount).toBe(0);
};

const WAYS_IN: readonly (readonly [string, WayIn])[] = [
  ['a batch over HTTP', { functionName: 'post-batch', give: postBatch }],
  ['the intake queue', { functionName: 'ingest-queue', queue: 'queue/intake/url', give: sendToQueue }],
  ['a bus', { functionName: 'ingest-events', queue: 'queue/event-intake/url', give: putOnBus }],
  ['the intake stream', { functionName: 'ingest-stream', give: putIntoStream }],
];

/** Messages of a new application go in by a way whose function is in trouble when it has written a half of them. */
const underTrouble = async (
  { functionName, queue, give }: WayIn,
  fault: Pick<Trouble, 'fault' | 'times'>,
  whileInTrouble: (met: () => number, fn: TroubledFunction, appId: string) => Promise<void>,
) => {
  const target = await newTarget(tenant);
  const queueUrl = queue === undefined ? undefined : await contractValue(queue);
  const giveBackLane = queueUrl === undefined ? undefined : await impatientLane(queueUrl);
  const fn = await troubled(functionName);
  try {
    const met = fn.meet({ operation: 'PutItem', about: `${target.appId}#MSGS`, after: COUNT / 2, ...fault });
    await Promise.all([give(target.appId), whileInTrouble(met, fn, target.appId)]);
    const ids = await untilStored(tenant, target.appId, COUNT);
    if (queueUrl !== undefined) {
      await eventually('an empty queue', async () => ((await messagesIn(queueUrl)) === 0 ? true : undefined));
    }
    expect(await storedIds(tenant, target.appId)).toEqual(ids);
    return { target, ids };
  } finally {
    await fn.giveBack();
    await giveBackLane?.();
  }
};

/** Each message was accepted and delivered, and none twice. */
const expectEachOnce = async ({ target, ids }: Awaited<ReturnType<typeof underTrouble>>) => {
  expect(ids).toHaveLength(COUNT);
  await untilReceived(target, COUNT);
  await untilLaneIsEmpty();
  const received = receivedBy(target).map(({ body }) => (JSON.parse(String(body)) as { number: number }).number);
  expect(received.toSorted((a, b) => a - b)).toEqual(numbers);
};

describe.each(WAYS_IN)('what comes in by %s', (_title, way) => {
  test('while its function is killed half way is accepted in whole, and each message of it once', async () => {
    const kill = { fault: { kind: 'killed-after' }, times: 1 } as const;
    let kills = () => 0;
    const done = await underTrouble(way, kill, async (met) => {
      kills = met;
    });
    expect(kills()).toBe(1);
    await expectEachOnce(done);
  });

  test('while the table refuses half of it waits, and is accepted in whole once that has passed', async () => {
    const done = await underTrouble(way, { fault: { kind: 'throttled' } }, async (met, fn, appId) => {
      // More than there are writes left: the SDK has tried again as well.
      await eventually('writes that are refused', () => (met() > COUNT ? true : undefined));
      expect(await storedIds(tenant, appId)).toHaveLength(COUNT / 2);
      fn.calm();
    });
    await expectEachOnce(done);
  });
});
