import { storedDueAt } from '@fanfare/core/due-time';
import type { FindApplication, FoundApplication } from '@fanfare/core/find-application';
import type { MessageRef } from '@fanfare/core/keys';
import { packPayload } from '@fanfare/core/payload';
import { type KeepPayload, placeBody } from '@fanfare/core/payload-object';
import { err, ok, type Result } from '@fanfare/core/result';
import type { MessageRecord } from '@fanfare/events/message-record';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { startsAt } from '@fanfare/events/starts-at';
import type { MarkActive } from './activity.ts';
import type { MessageInput } from './message-input.ts';
import { type SaveInOrderPorts, saveInOrder } from './save-in-order.ts';

/** What an idempotency key stands for: the one message that it makes, however often the call is repeated. */
export type Claim = { readonly messageId: string; readonly acceptedAt: number; readonly fingerprint: string };

/** What this use case needs from the outside. */
export type AcceptPorts = SaveInOrderPorts & {
  readonly findApplication: FindApplication;
  /** Claims the key for this message, or answers the claim that stands already. */
  readonly claim: (orgId: string, keyHash: string, claim: Claim, expiresAt: number) => Promise<Claim>;
  /** Before the commit: a message whose application is not marked as active would never be reconciled. */
  readonly markActive: MarkActive;
  /** Before the commit: a body that nobody refers to is cleared away, a message without its body would be lost. */
  readonly keepPayload: KeepPayload;
  readonly now: () => number;
  readonly mintMessageId: (atMs: number) => string;
};

export type AcceptRequest = {
  readonly orgId: string;
  /** The application's id or uid. */
  readonly application: string;
  readonly message: MessageInput;
  readonly correlationId: string;
  /** Hash of the caller's idempotency key and what it was used on; absent without one. */
  readonly idempotency?: { readonly keyHash: (appId: string) => string; readonly fingerprint: string };
};

export type Accepted = MessageRef & { readonly acceptedAt: number; readonly message: MessageInput };
export type NotAccepted =
  | 'application-not-found'
  | 'idempotency-key-reused'
  | 'event-id-taken'
  | 'deliver-at-out-of-reach';

const HOUR_SECONDS = 60 * 60;
const IDEMPOTENCY_SECONDS = 12 * HOUR_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export const LONGEST_WAIT_DAYS = 30;

/**
 * Accepts one message. Saving it is the commit: from then on it is delivered or given up on, whatever happens here
 * afterwards. A repeated call finds its claim, makes the same message again and is told the same.
 */
export const accept = async (request: AcceptRequest, ports: AcceptPorts): Promise<Result<Accepted, NotAccepted>> => {
  const application = await ports.findApplication(request.orgId, request.application);
  if (application === undefined) return err('application-not-found');
  const claim = await claimMessage(request, application.appId, ports);
  if (!claim.ok) return claim;
  if (!isWithinReach(request.message.deliverAt, claim.value.acceptedAt)) return err('deliver-at-out-of-reach');

  const { orgId, appId } = application;
  const ref = { orgId, appId, messageId: claim.value.messageId };
  await ports.markActive(application, claim.value.acceptedAt);
  const whole = recordOf(request, claim.value, application, ports.now());
  const record = await withBodyPlaced(ref, whole, request.message, ports);
  const isOrdered = record.deliverAt === undefined && (application.orderedEndpoints ?? 0) > 0;
  const save = isOrdered ? saveInOrder(request.message.orderingKey, claim.value.isRepeated, ports) : ports.save;
  const saved = await save(ref, record);
  if (saved === 'event-id-taken') return err('event-id-taken');
  return ok({ ...ref, acceptedAt: claim.value.acceptedAt, message: request.message });
};

/** What the call makes: what its key stands for already, or something new. */
export const claimMessage = async (
  request: Pick<AcceptRequest, 'orgId' | 'idempotency'>,
  appId: string,
  ports: Pick<AcceptPorts, 'claim' | 'mintMessageId' | 'now'>,
): Promise<Result<Claim & { readonly isRepeated: boolean }, 'idempotency-key-reused'>> => {
  const acceptedAt = ports.now();
  const fresh = {
    messageId: ports.mintMessageId(acceptedAt),
    acceptedAt,
    fingerprint: request.idempotency?.fingerprint ?? '',
    isRepeated: false,
  };
  if (request.idempotency === undefined) return ok(fresh);
  const keyHash = request.idempotency.keyHash(appId);
  const { isRepeated: _, ...claim } = fresh;
  const found = await ports.claim(request.orgId, keyHash, claim, seconds(acceptedAt) + IDEMPOTENCY_SECONDS);
  const standing = { ...found, isRepeated: found.messageId !== fresh.messageId };
  return standing.fingerprint === fresh.fingerprint ? ok(standing) : err('idempotency-key-reused');
};

/** Against the claim's time: a call that is repeated after the time it asked for was right when it was made. */
export const isWithinReach = (deliverAt: number | undefined, acceptedAt: number): boolean =>
  deliverAt === undefined ||
  (deliverAt > acceptedAt && deliverAt <= acceptedAt + LONGEST_WAIT_DAYS * DAY_SECONDS * 1000);

/**
 * The record with its body where its size belongs, which is there when this resolves. A message that comes again has the same
 * body, so it puts the same there again.
 */
export const withBodyPlaced = async (
  ref: MessageRef,
  { payload = new Uint8Array(), ...record }: MessageRecord,
  { body }: Pick<MessageInput, 'body'>,
  { keepPayload }: Pick<AcceptPorts, 'keepPayload'>,
): Promise<MessageRecord> => {
  const packed = { encoding: record.encoding, bytes: payload };
  return { ...record, ...(await placeBody(ref, packed, Buffer.byteLength(body), keepPayload)) };
};

/** The item of a message, its body in it. The same claim makes the same item, but for what the application is like now. */
export const recordOf = (
  request: Pick<AcceptRequest, 'message' | 'correlationId'>,
  claim: Pick<Claim, 'acceptedAt'>,
  application: Pick<FoundApplication, 'version' | 'payloadRetentionDays'>,
  nowMs: number,
): MessageRecord => {
  const { message, correlationId } = request;
  const { acceptedAt } = claim;
  const packed = packPayload(new TextEncoder().encode(message.body));
  const { deliverAt } = message;
  const startMs = startsAt({ acceptedAt, deliverAt });
  const expiresAt = seconds(startMs) + RETENTION_SECONDS;
  return {
    kind: 'message',
    eventType: message.eventType,
    eventId: message.eventId,
    channels: message.channels === undefined ? undefined : [...message.channels],
    tags: message.tags === undefined ? undefined : [...message.tags],
    payload: packed.bytes,
    encoding: packed.encoding,
    acceptedAt,
    ...(deliverAt === undefined ? {} : waiting(message, deliverAt, nowMs)),
    appVersion: application.version,
    correlationId,
    payloadExpiresAt: payloadExpiry(
      seconds(Math.max(startMs, nowMs)),
      retentionSeconds(message, application),
      expiresAt,
    ),
    expiresAt,
  };
};

/**
 * Of what comes late, from a queue that stood or a file, a short period would be over before it is sent: it counts from the
 * write that accepts it. It ends with the message, or before it: a period of its own keeps a payload out of the archive.
 */
const payloadExpiry = (fromSeconds: number, period: number, messageExpiresAt: number): number =>
  Math.min(fromSeconds + period, period < RETENTION_SECONDS ? messageExpiresAt - 1 : messageExpiresAt);

/** The message's own word counts, then its application's; without either, the payload is kept as long as the message. */
const retentionSeconds = (
  { payloadRetentionHours: hours }: MessageInput,
  { payloadRetentionDays: days }: Pick<FoundApplication, 'payloadRetentionDays'>,
): number => {
  if (hours !== undefined) return hours * HOUR_SECONDS;
  return days === undefined ? RETENTION_SECONDS : days * DAY_SECONDS;
};

/** It takes its place in its log when it is due, so that nobody waits for it before. */
const waiting = ({ orderingKey }: MessageInput, deliverAt: number, nowMs: number) => ({
  deliverAt,
  dueAt: storedDueAt(deliverAt, nowMs),
  ...(orderingKey === undefined ? {} : { orderingKey }),
});

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
