import type { Message } from '@aws-sdk/client-sqs';
import { deliveryTask, hasHoppedTooOften, MAX_HOPS } from '@fanfare/events/delivery-task';
import { rejectedRecord } from '@fanfare/events/rejected-record';
import * as z from 'zod';
import { failedCall, functionNameOf } from './failed-call.ts';

/** A message of a failure store as it may be shown: ids, names and sizes, never a customer's data. */
export type Shown = {
  readonly messageId: string;
  readonly sentAt: string;
  readonly receives: number;
  readonly groupId?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  readonly body: Contents;
};

type Contents =
  | ({ readonly kind: 'task' } & Readonly<Record<string, string | number | boolean>>)
  | { readonly kind: 'stream-record'; readonly eventId: string; readonly keys: unknown }
  | { readonly kind: 'given-up'; readonly condition: string; readonly batch: unknown }
  | {
      readonly kind: 'rejected';
      readonly source: string;
      readonly rejectedAt: string;
      readonly reasons: readonly string[];
    }
  | {
      readonly kind: 'failed-call';
      readonly function: string;
      readonly condition: string;
      /** The name of the error, without what it says. */
      readonly failure: string;
      /** Of the event that it was called with. */
      readonly event: string;
    }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly fields: readonly string[] };

/** Attributes that we write ourselves. Others are a stranger's, and may hold anything. */
const OWN_ATTRIBUTES = ['correlation_id', 'lane', 'origin', 'reason'];

export const shown = ({ MessageId = '', Body = '', Attributes = {}, MessageAttributes = {} }: Message): Shown => ({
  messageId: MessageId,
  sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString(),
  receives: Number(Attributes.ApproximateReceiveCount ?? 0),
  ...(Attributes.MessageGroupId === undefined ? {} : { groupId: Attributes.MessageGroupId }),
  attributes: Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [
      name,
      OWN_ATTRIBUTES.includes(name) ? StringValue : `(${StringValue.length} characters)`,
    ]),
  ),
  bodyBytes: Buffer.byteLength(Body),
  body: contentsOf(Body),
});

/** What a body is, without what it carries. */
export const contentsOf = (text: string): Contents => {
  const body = jsonOf(text);
  const task = deliveryTask.safeParse(body);
  if (task.success) {
    const { payload, channels: _channels, tags: _tags, ...rest } = task.data;
    const bytes = payload === undefined ? 'in the message item' : Buffer.byteLength(payload.base64, 'base64');
    const reason = hasHoppedTooOften(task.data) ? { reason: `went round more than ${MAX_HOPS} times` } : {};
    return { kind: 'task', ...defined(rest), payloadBytes: bytes, ...reason };
  }
  const rejected = rejectedRecord.safeParse(body);
  if (rejected.success) {
    const { source, rejectedAt, reasons } = rejected.data;
    return {
      kind: 'rejected',
      source,
      rejectedAt: new Date(rejectedAt).toISOString(),
      reasons: reasons.map(({ loc, msg }) => [loc.join('.'), msg].filter(Boolean).join(': ')),
    };
  }
  const call = failedCall.safeParse(body);
  if (call.success) return shownCall(call.data);
  if (typeof body !== 'object' || body === null) return { kind: 'unreadable', reason: 'not a JSON object', fields: [] };
  const { dynamodb, eventID, requestContext, DDBStreamBatchInfo } = body as Record<string, Record<string, unknown>>;
  if (dynamodb?.Keys !== undefined) return { kind: 'stream-record', eventId: String(eventID), keys: dynamodb.Keys };
  if (DDBStreamBatchInfo !== undefined) {
    return { kind: 'given-up', condition: String(requestContext?.condition), batch: DDBStreamBatchInfo };
  }
  const reason = task.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return { kind: 'unreadable', reason, fields: Object.keys(body) };
};

const eventOf = z.object({ 'detail-type': z.string(), detail: z.object({ id: z.string() }) });
const failureOf = z.object({ errorType: z.string() });

const shownCall = ({ requestContext, requestPayload, responsePayload }: z.infer<typeof failedCall>): Contents => {
  const event = eventOf.safeParse(requestPayload).data;
  return {
    kind: 'failed-call',
    function: functionNameOf(requestContext.functionArn) ?? 'unknown',
    condition: requestContext.condition,
    failure: failureOf.safeParse(responsePayload).data?.errorType ?? 'unknown',
    event: event === undefined ? 'unknown' : `${event['detail-type']} ${event.detail.id}`,
  };
};

type Field = string | number | boolean;

const defined = (fields: Record<string, Field | undefined>): Record<string, Field> =>
  Object.fromEntries(Object.entries(fields).filter((field): field is [string, Field] => field[1] !== undefined));

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
