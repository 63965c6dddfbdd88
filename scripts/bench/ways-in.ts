import { setTimeout } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Svix } from 'svix';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';
import { type FunctionLog, functionLog } from './function-logs.ts';
import { importFile } from './import-file.ts';
import { recordedCalls } from './recorded-calls.ts';
import { paidEvent } from './stream-of-events.ts';

/** What it took to take in so many events by one way, in full batches. */
export type WayIn = {
  readonly name: 'single' | 'batch' | 'queue' | 'events' | 'stream' | 'file';
  readonly events: number;
  readonly batch: number;
  /** Calls of the table. */
  readonly calls: number;
  readonly log: FunctionLog;
};

const EVENTS = 1_000;
/** One by one they take long, and each takes what any other does. */
const SINGLE_EVENTS = 200;
const TABLE_CALLS = ['PutItem', 'GetItem', 'BatchWriteItem', 'TransactWriteItems', 'UpdateItem'];
/** terraform/stages/local.tfvars trusts every way in with it. */
const ORG_ID = 'org_3IntakeQueueOfTheTests00000';
const ACCOUNT = '000000000000';

type Given = { readonly events: readonly ReturnType<typeof paidEvent>[]; readonly appId: string };

/** Takes events of 1 KB in by each way, in full batches, for an application without endpoints, and reads what that took. */
export const measureWaysIn = async (environment: Environment): Promise<readonly WayIn[]> => {
  const token = await environment.tokenOf(ORG_ID);
  const svix = new Svix(token, { serverUrl: environment.baseUrl });
  const lambda = new LambdaClient(clientOptions(environment.endpoint));
  const give = async (name: string, Records: readonly object[]): Promise<void> => {
    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: `fanfare-local-${name}`,
        Qualifier: 'live',
        Payload: JSON.stringify({ Records }),
      }),
    );
    if (answer.FunctionError !== undefined) throw new Error(Buffer.from(answer.Payload ?? []).toString());
  };
  const post = async ({ events, appId }: Given): Promise<void> => {
    const response = await fetch(`${environment.baseUrl}/api/v1/app/${appId}/msg/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: events.map((event) => JSON.stringify(event)).join('\n'),
    });
    if (response.status !== 202) throw new Error(`a batch was answered ${response.status}`);
  };
  const ways: readonly [WayIn['name'], string, number, (given: Given) => Promise<unknown>][] = [
    ['single', 'post-message', 1, ({ events: [event], appId }) => svix.message.create(appId, event as never)],
    ['batch', 'post-batch', 500, post],
    [
      'queue',
      'ingest-queue',
      100,
      (given) =>
        give(
          'ingest-queue',
          given.events.map((one) => queued(one, given.appId)),
        ),
    ],
    [
      'events',
      'ingest-events',
      100,
      (given) =>
        give(
          'ingest-events',
          given.events.map((one) => ruled(one, given.appId)),
        ),
    ],
    [
      'stream',
      'ingest-stream',
      500,
      (given) =>
        give(
          'ingest-stream',
          given.events.map((one) => record(one, given.appId)),
        ),
    ],
    ['file', 'import-file', EVENTS, ({ events, appId }) => importFile(environment.endpoint, ORG_ID, appId, events)],
  ];
  const measured: WayIn[] = [];
  for (const [name, functionName, batch, work] of ways) {
    const { id: appId } = await svix.application.create({ name });
    await work({ events: [paidEvent(-1)], appId }); // warm, and marked as active
    const sinceMs = Date.now();
    const events = batch === 1 ? SINGLE_EVENTS : EVENTS;
    for (let start = 0; start < events; start += batch) {
      await work({ events: Array.from({ length: batch }, (_, index) => paidEvent(start + index)), appId });
    }
    await setTimeout(3_000); // the last lines of a log come after the answer
    const calls = await recordedCalls(environment.endpoint, sinceMs);
    const log = await functionLog(environment.endpoint, `fanfare-local-${functionName}`, sinceMs);
    const ofTable = TABLE_CALLS.reduce((sum, call) => sum + (calls[`dynamodb ${call}`] ?? 0), 0);
    measured.push({ name, events, batch, calls: ofTable, log });
  }
  return measured;
};

type Event = ReturnType<typeof paidEvent>;
const now = (): string => String(Date.now());

const queued = ({ eventType, payload }: Event, application: string): object => ({
  messageId: crypto.randomUUID(),
  body: JSON.stringify(payload),
  attributes: { SentTimestamp: now(), SenderId: ACCOUNT },
  messageAttributes: Object.fromEntries(
    Object.entries({ organisation: ORG_ID, application, eventType }).map(([name, stringValue]) => [
      name,
      { stringValue, dataType: 'String' },
    ]),
  ),
});

const ruled = ({ payload }: Event, application: string): object => ({
  messageId: crypto.randomUUID(),
  body: JSON.stringify({
    ...{ v: 1, rule: 'orders', organisation: ORG_ID, application, applicationPath: null, eventType: 'order.paid' },
    ...{ payload: 'detail' },
    event: { id: crypto.randomUUID(), time: new Date().toISOString(), 'detail-type': 'Order Paid', detail: payload },
  }),
  attributes: { SentTimestamp: now(), SenderId: ACCOUNT },
  messageAttributes: {},
});

const record = (message: Event, application: string): object => ({
  eventID: `shardId-000000000000:${crypto.randomUUID()}`,
  eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/fanfare-local-intake',
  kinesis: {
    partitionKey: message.payload.data.customer.id,
    approximateArrivalTimestamp: Date.now() / 1000,
    data: Buffer.from(JSON.stringify({ v: 1, organisation: ORG_ID, application, message })).toString('base64'),
  },
});
