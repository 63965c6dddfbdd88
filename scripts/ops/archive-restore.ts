import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type PayloadObjects, payloadObjects } from '@fanfare/core/aws/payload-objects';
import { type MessageRef, messageKey, versionKey } from '@fanfare/core/keys';
import { unpackPayload } from '@fanfare/core/payload';
import { placeBody } from '@fanfare/core/payload-object';
import type { ArchivedMessage } from '@fanfare/events/archive-row';
import { labelsOf } from '@fanfare/events/labels';
import { type MessageRecord, messageRecord } from '@fanfare/events/message-record';
import { Failure } from '../toolchain/failure.mjs';
import { type Content, contentOpener, openTable } from './archive-content.ts';
import { type ArchiveSearch, searchArchive } from './archive-search.ts';
import { printResult, progress } from './print.ts';
import type { OpsStage } from './stage.ts';

const DAY_SECONDS = 86_400;

/** What became of the messages that matched. */
export type RestoreReport = {
  readonly matched: number;
  readonly restored: number;
  /** They are in the table already, restored before or never gone. */
  readonly standing: number;
  /** Their payload was not archived, was expunged, or went with the data key of its application. */
  readonly withoutPayload: number;
  /** A sentence that says why the walk ended before its end. */
  readonly stopped?: string;
};

/** A message that is in the table now. */
export type Standing = { readonly ref: MessageRef; readonly message: MessageRecord };

/** What else is done with each message. */
export type RestoreSteps = {
  /** Asked before anything is done about a message. A sentence ends the walk there. */
  readonly mayGoOn: (ref: MessageRef) => Promise<string | undefined>;
  /** Told of every message that is in the table then. */
  readonly each: (standing: Standing) => Promise<void>;
};

const NOTHING: RestoreReport = { matched: 0, restored: 0, standing: 0, withoutPayload: 0 };

/**
 * Puts archived messages back into the table for some days, where the API shows them and a resend finds them. Nobody is sent
 * anything by that. One that is there stays as it is, so a second run changes nothing. Ends where the application is deleted.
 */
export const restoreMessages = async (
  stage: OpsStage,
  search: ArchiveSearch,
  days: number,
  signal: AbortSignal,
  { mayGoOn, each }: Partial<RestoreSteps> = {},
): Promise<RestoreReport> => {
  const places = { ...openTable(stage), payloads: openPayloads(stage) };
  const open = contentOpener(stage);
  let report = NOTHING;
  for await (const row of searchArchive(stage, { ...search, kind: 'message' })) {
    signal.throwIfAborted();
    if (row.kind !== 'message') continue;
    const ref = { orgId: row.org_id, appId: row.app_id, messageId: row.id };
    // Asked again, as it may have been deleted while the other was waited for.
    const stopped =
      (await deletedAt(places, ref)) ?? (await mayGoOn?.(ref)) ?? (mayGoOn && (await deletedAt(places, ref)));
    if (stopped !== undefined) return { ...report, stopped };
    const outcome = await restoreOne(places, row, await open(row), days);
    report = { ...report, matched: report.matched + 1, [outcome.kind]: report[outcome.kind] + 1 };
    if ('message' in outcome) await each?.({ ref, message: outcome.message });
    if (report.matched % 100 === 0) progress(`${report.matched} messages so far`);
  }
  return report;
};

type Outcome =
  | { readonly kind: 'restored' | 'standing'; readonly message: MessageRecord }
  | { readonly kind: 'withoutPayload' };

/** Where messages are put back. */
type Places = ReturnType<typeof openTable> & { readonly payloads: PayloadObjects };

const restoreOne = async (places: Places, row: ArchivedMessage, content: Content, days: number): Promise<Outcome> => {
  const ref = { orgId: row.org_id, appId: row.app_id, messageId: row.id };
  const nowMs = Date.now();
  const before = await standingAt(places, ref, nowMs);
  if (before !== undefined) return standing(before, nowMs);
  if (typeof content === 'string') return { kind: 'withoutPayload' };
  const message = await restored(places, row, content.packed, nowMs, days);
  if (await isPut(places, ref, message)) return { kind: 'restored', message };
  // By another run, at the same time.
  const meanwhile = await standingAt(places, ref, nowMs);
  return meanwhile === undefined ? { kind: 'withoutPayload' } : standing(meanwhile, nowMs);
};

const standing = (message: MessageRecord, nowMs: number): Outcome =>
  message.payloadExpiresAt * 1000 > nowMs ? { kind: 'standing', message } : { kind: 'withoutPayload' };

/** Asked for first: an object that is written for a message which was expunged would be one that nobody refers to. */
const standingAt = async (
  { client, tableName: TableName }: Places,
  ref: MessageRef,
  nowMs: number,
): Promise<MessageRecord | undefined> => {
  const { Item } = await client.send(new GetCommand({ TableName, Key: messageKey(ref), ConsistentRead: true }));
  const message = Item === undefined ? undefined : messageRecord.parse(Item);
  return message === undefined || message.expiresAt * 1000 <= nowMs ? undefined : message;
};

const openPayloads = ({ contract, s3, stage }: OpsStage): PayloadObjects => {
  const bucket = contract.get('bucket/payloads/name');
  if (bucket !== undefined) return payloadObjects(s3, bucket);
  throw new Failure(`The stage '${stage}' has no bucket of payloads: apply terraform/ to it.`);
};

/** What the table deletes late is gone already; what is there otherwise stays. */
const isPut = async (
  { client, tableName: TableName }: Places,
  ref: MessageRef,
  message: MessageRecord,
): Promise<boolean> => {
  try {
    await client.send(
      new PutCommand({
        TableName,
        Item: { ...messageKey(ref), ...message },
        ConditionExpression: 'attribute_not_exists(PK) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(Date.now() / 1000) },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

/** The message, its payload where its size belongs: a large one is an object again, which lives longer than `days` may be. */
const restored = async (
  { payloads }: Places,
  row: ArchivedMessage,
  packed: Uint8Array,
  nowMs: number,
  days: number,
): Promise<MessageRecord> => {
  const until = Math.floor(nowMs / 1000) + days * DAY_SECONDS;
  const ref = { orgId: row.org_id, appId: row.app_id, messageId: row.id };
  const place = await placeBody(ref, { encoding: row.encoding, bytes: packed }, bytesOf(row, packed), payloads.keep);
  return {
    kind: 'message',
    ...labelsOf({ eventType: row.event_type, channels: row.channels, tags: row.tags }),
    ...(row.event_id === undefined ? {} : { eventId: row.event_id }),
    ...(row.deliver_at === undefined ? {} : { deliverAt: row.deliver_at }),
    ...(row.cancelled_at === undefined ? {} : { cancelledAt: row.cancelled_at }),
    ...place,
    acceptedAt: row.accepted_at,
    restoredAt: nowMs,
    appVersion: row.app_version,
    correlationId: row.correlation_id,
    payloadExpiresAt: until,
    expiresAt: until,
  };
};

const bytesOf = ({ encoding, object_bytes: bytes }: ArchivedMessage, packed: Uint8Array): number =>
  bytes ?? unpackPayload({ encoding, bytes: packed }).length;

/** A sentence about an application that was deleted, perhaps since the message before. */
const deletedAt = async ({ client, tableName: TableName }: Places, ref: MessageRef): Promise<string | undefined> => {
  const { Item } = await client.send(new GetCommand({ TableName, Key: versionKey(ref), ConsistentRead: true }));
  if (Item !== undefined && Item.deletedAt === undefined) return undefined;
  return `The application ${ref.appId} was deleted: what is archived of it cannot be restored.`;
};

/** `ops archive restore` */
export const printRestored = async (
  stage: OpsStage,
  search: ArchiveSearch,
  days: number,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const report = await restoreMessages(stage, search, days, signal);
  printWalk(report, json, () => restoreText(report, days));
};

/** Prints what was done. A walk that ended before its end has failed, and one that did nothing by then says that alone. */
export const printWalk = (report: RestoreReport, json: boolean, text: () => string): void => {
  const { stopped } = report;
  if (stopped === undefined || report.matched > 0) printResult(report, json, text);
  if (stopped !== undefined) throw new Failure(stopped);
};

export const restoreText = ({ matched, restored: made, standing, withoutPayload }: RestoreReport, days: number) =>
  `${matched} messages matched: ${made} restored for ${days} days, ${standing} in the table already, ${withoutPayload} without a payload.`;
