import { type MessageRef, parseMessageKey } from '@fanfare/core/keys';
import * as z from 'zod';
import type { Span } from './refan.ts';

/** What a record of a failure store is about, as far as it says. */
export type Concerned =
  | { readonly kind: 'messages'; readonly refs: readonly MessageRef[] }
  /** Records of the intake stream, as its function was given them. */
  | { readonly kind: 'intake'; readonly records: readonly unknown[] }
  /** A call of a function that nobody waited for. */
  | { readonly kind: 'call'; readonly functionName: string; readonly event: unknown }
  /** Only the time is known in which they entered the stream. */
  | { readonly kind: 'span'; readonly span: Span }
  | { readonly kind: 'unreadable'; readonly reason: string };

const streamRecord = z.object({
  dynamodb: z.object({ Keys: z.object({ PK: z.object({ S: z.string() }), SK: z.object({ S: z.string() }) }) }),
});

/** Whose batch it was. Older records may not say. */
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
  KinesisBatchInfo: z.object({}),
  payload: z.union([z.string(), z.object({ Records: z.array(z.unknown()) })]),
});

/** What Lambda keeps of an asynchronous call that failed. Source: Lambda Developer Guide, "Configuring destinations". */
export const failedCall = z.object({
  requestContext: z.object({ functionArn: z.string(), condition: z.string() }),
  requestPayload: z.record(z.string(), z.unknown()),
  responsePayload: z.optional(z.unknown()),
});

/** A message is accepted before it is in the stream, by less than this; arrival times are those of AWS's clock. */
const SLACK_MS = 180_000;

/** Reads a record of the quarantine, or what an event source wrote about a batch that it gave up on. */
export const concerned = (text: string): Concerned => {
  const body = jsonOf(text);
  const record = streamRecord.safeParse(body);
  if (record.success) return messagesOf([body]);
  const intake = intakeBatch.safeParse(body);
  if (intake.success) return intakeOf(intake.data.payload);
  const call = failedCall.safeParse(body);
  if (call.success) return callOf(call.data);
  const givenUp = batch.safeParse(body);
  if (!givenUp.success) return { kind: 'unreadable', reason: 'neither a stream record nor a batch that was given up' };
  const { payload, DDBStreamBatchInfo: info, requestContext } = givenUp.data;
  if (requestContext !== undefined && !isOfFanOut(requestContext.functionArn)) {
    return {
      kind: 'unreadable',
      reason: 'another function than fan-out gave it up: fanning out would not make up for it',
    };
  }
  const records = typeof payload === 'string' ? recordsOf(jsonOf(payload)) : payload?.Records;
  if (records !== undefined) return messagesOf(records);
  const fromMs = Date.parse(info.approximateArrivalOfFirstRecord) - SLACK_MS;
  const untilMs = Date.parse(info.approximateArrivalOfLastRecord) + SLACK_MS;
  if (Number.isNaN(fromMs + untilMs)) return { kind: 'unreadable', reason: 'its times cannot be read' };
  return { kind: 'span', span: { fromMs, untilMs } };
};

const intakeOf = (payload: z.infer<typeof intakeBatch>['payload']): Concerned => {
  const records = typeof payload === 'string' ? recordsOf(jsonOf(payload)) : payload.Records;
  return records === undefined ? { kind: 'unreadable', reason: 'it holds no records' } : { kind: 'intake', records };
};

const callOf = ({ requestContext, requestPayload }: z.infer<typeof failedCall>): Concerned => {
  const functionName = functionNameOf(requestContext.functionArn);
  if (functionName === undefined) return { kind: 'unreadable', reason: 'it names no function' };
  return { kind: 'call', functionName, event: requestPayload };
};

/** Without its version or alias. */
export const functionNameOf = (arn: string): string | undefined => /:function:([\w-]+)(:|$)/.exec(arn)?.[1];

/** The stream has another reader, whose records are about other things. */
const isOfFanOut = (functionArn: string): boolean => /:function:[\w-]+-fan-out(:|$)/.test(functionArn);

/** What is no insert of a message is nobody's delivery. */
const messagesOf = (records: readonly unknown[]): Concerned => {
  const refs = records.flatMap((record) => {
    const keys = streamRecord.safeParse(record).data?.dynamodb.Keys;
    const ref = keys === undefined ? undefined : parseMessageKey({ PK: keys.PK.S, SK: keys.SK.S });
    return ref === undefined ? [] : [ref];
  });
  if (refs.length === 0) return { kind: 'unreadable', reason: 'it names no message' };
  return { kind: 'messages', refs };
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
