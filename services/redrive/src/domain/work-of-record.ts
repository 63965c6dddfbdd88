import { batches } from '@fanfare/core/batches';
import { type MessageRef, parseMessageKey } from '@fanfare/core/keys';
import * as z from 'zod/mini';
import type { RefanRequest } from './run-state.ts';

/** What has to be done for a record of a failure store. */
export type Work =
  /** Messages are to be fanned out again: asked for by one request after the other. */
  | { readonly kind: 'refan'; readonly requests: readonly RefanRequest[] }
  /** A function is to be called again with what it failed at, in one call or several. */
  | { readonly kind: 'call'; readonly functionName: CalledAgain; readonly payloads: readonly string[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Functions that are called again, without anybody waiting for them: what they fail at comes back into a failure store. Named
 * without `fanfare-<stage>-`; the role of `redrive-step` names the same.
 */
export const CALLED_AGAIN = ['ingest-stream', 'activate-endpoint', 'project-stream'] as const;
export type CalledAgain = (typeof CALLED_AGAIN)[number];

const streamRecord = z.object({
  dynamodb: z.object({ Keys: z.object({ PK: z.object({ S: z.string() }), SK: z.object({ S: z.string() }) }) }),
});

const withImage = z.object({ dynamodb: z.object({ NewImage: z.looseObject({}) }) });

/** Whose batch or call it was. Older records may not say. */
const owner = z.object({ functionArn: z.string() });

const batch = z.object({
  requestContext: z.optional(owner),
  DDBStreamBatchInfo: z.object({
    approximateArrivalOfFirstRecord: z.string(),
    approximateArrivalOfLastRecord: z.string(),
  }),
  /** Whole records, where the destination takes them: as they were, or as text. */
  payload: z.optional(z.union([z.string(), z.object({ Records: z.array(z.unknown()) })])),
});

/** A batch of the intake stream. Only a destination that takes whole records keeps what was in it. */
const intakeBatch = z.object({
  KinesisBatchInfo: z.looseObject({}),
  payload: z.union([z.string(), z.object({ Records: z.array(z.unknown()) })]),
});

/** An asynchronous invocation that failed. Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
const invocation = z.object({ requestContext: owner, requestPayload: z.unknown() });

/** A message is accepted before it is in the stream, by less than this; arrival times are those of AWS's clock. */
const SLACK_MS = 180_000;

/** The most that `refan` takes in one call. */
const MOST_REFS = 100;

/** Far under what an asynchronous call may carry, so that the record of one that fails fits into a queue. */
const MOST_PAYLOAD_BYTES = 200_000;

/** Single records of the table's stream do not say who put them aside: their store does. */
const PUT_ASIDE_BY: Readonly<Record<string, 'fan-out' | 'project-stream'>> = {
  'fanout-quarantine': 'fan-out',
  'project-quarantine': 'project-stream',
};

/** Reads a record of the store of this name: one put aside, or what Lambda wrote about a batch or call that it gave up on. */
export const workOfRecord = (text: string, stage: string, storeName: string): Work => {
  const body = jsonOf(text);
  if (streamRecord.safeParse(body).success) return ofStreamRecords([body], PUT_ASIDE_BY[storeName]);
  const intake = intakeBatch.safeParse(body);
  if (intake.success) return ofIntake(intake.data.payload);
  const givenUp = batch.safeParse(body);
  if (givenUp.success) return ofBatch(givenUp.data, stage);
  const failed = invocation.safeParse(body);
  if (failed.success && failed.data.requestPayload !== undefined) return ofInvocation(failed.data, stage);
  return unreadable('it is no stream record, and no batch or call that was given up');
};

const unreadable = (reason: string): Work => ({ kind: 'unreadable', reason });

const ofBatch = ({ payload, DDBStreamBatchInfo: info, requestContext }: z.infer<typeof batch>, stage: string): Work => {
  const reader = requestContext === undefined ? 'fan-out' : functionOf(requestContext.functionArn, stage);
  const records = typeof payload === 'string' ? recordsOf(jsonOf(payload)) : payload?.Records;
  if (records !== undefined) return ofStreamRecords(records, reader);
  if (reader !== 'fan-out') return unreadable('it has lost its records: its store keeps no more than where they stood');
  const fromMs = Date.parse(info.approximateArrivalOfFirstRecord) - SLACK_MS;
  const untilMs = Date.parse(info.approximateArrivalOfLastRecord) + SLACK_MS;
  if (Number.isNaN(fromMs + untilMs)) return unreadable('its times cannot be read');
  return { kind: 'refan', requests: [{ fromMs, untilMs }] };
};

/** Records of the table's stream, by who could not read them. */
const ofStreamRecords = (records: readonly unknown[], reader: string | undefined): Work => {
  if (reader === 'fan-out') return ofMessages(records);
  if (reader === 'project-stream') {
    if (!records.every(hasImage))
      return unreadable('its image was too large to be kept with it: its item stands in the table');
    return ofRecords(reader, records, { redriven: true });
  }
  return unreadable('neither of those who read the stream put it aside or gave it up');
};

const hasImage = (record: unknown): boolean => withImage.safeParse(record).success;

/** What is no insert of a message is nobody's delivery. */
const ofMessages = (records: readonly unknown[]): Work => {
  const refs = records.flatMap((record): MessageRef[] => {
    const keys = streamRecord.safeParse(record).data?.dynamodb.Keys;
    const ref = keys === undefined ? undefined : parseMessageKey({ PK: keys.PK.S, SK: keys.SK.S });
    return ref === undefined ? [] : [ref];
  });
  if (refs.length === 0) return unreadable('it names no message');
  const chunks = batches(refs, { entries: MOST_REFS, bytes: Number.POSITIVE_INFINITY, bytesOf: () => 0 });
  return { kind: 'refan', requests: chunks.map((chunk) => ({ refs: chunk })) };
};

const ofIntake = (payload: z.infer<typeof intakeBatch>['payload']): Work => {
  const records = typeof payload === 'string' ? recordsOf(jsonOf(payload)) : payload.Records;
  return ofRecords('ingest-stream', records ?? [], {});
};

/** Records go to their function once more, which does nothing twice of what they tell. */
const ofRecords = (functionName: CalledAgain, records: readonly unknown[], more: object): Work => {
  if (records.length === 0) return unreadable('it holds no records');
  const bytesOf = (record: unknown): number => Buffer.byteLength(JSON.stringify(record));
  const chunks = batches(records, { entries: records.length, bytes: MOST_PAYLOAD_BYTES, bytesOf });
  return { kind: 'call', functionName, payloads: chunks.map((Records) => JSON.stringify({ Records, ...more })) };
};

const ofInvocation = ({ requestContext, requestPayload }: z.infer<typeof invocation>, stage: string): Work => {
  const name = functionOf(requestContext.functionArn, stage);
  const functionName = CALLED_AGAIN.find((one) => one === name);
  if (functionName === undefined) return unreadable(`nobody knows what another call of ${name ?? 'it'} would do`);
  return { kind: 'call', functionName, payloads: [JSON.stringify(requestPayload)] };
};

/** The name of a function of this stage without `fanfare-<stage>-`, whatever version or alias its ARN names. */
const functionOf = (arn: string, stage: string): string | undefined => {
  const prefix = `fanfare-${stage}-`;
  const [, , , , , , name] = arn.split(':');
  return name?.startsWith(prefix) ? name.slice(prefix.length) : undefined;
};

const recordsOf = (body: unknown): readonly unknown[] | undefined =>
  z.object({ Records: z.array(z.unknown()) }).safeParse(body).data?.Records;

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
