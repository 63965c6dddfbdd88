import { concurrently } from '@fanfare/core/concurrently';
import { deliveryTasks, type WantedAttempt } from '@fanfare/core/deliveries/delivery-tasks';
import {
  MAX_BATCH_BYTES,
  type Publication,
  publicationBytes,
  publicationOf,
} from '@fanfare/core/deliveries/publication';
import type { MessageRef } from '@fanfare/core/keys';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import { matches } from '@fanfare/events/matches';
import type { MessageRecord } from '@fanfare/events/message-record';
import { comesThroughLog } from '@fanfare/events/through-log';
import type { Application, ApplicationOf } from './application-cache.ts';
import type { Subscriber } from './subscriber.ts';
import { type PlacePorts, takePlace } from './take-place.ts';
import { coalesced, type WakeUp, wakeUpsOf } from './wake-up.ts';

/** What this use case needs from the outside. */
export type FanOutPorts = PlacePorts & {
  readonly applicationOf: ApplicationOf;
  /** Resolves when every one was taken. May publish some of them and throw. */
  readonly publish: (publications: readonly Publication[]) => Promise<void>;
  /** The same, of wake-ups. */
  readonly wake: (wakeUps: readonly WakeUp[]) => Promise<void>;
  readonly now: () => number;
  readonly mintCopyId: () => string;
};

export type InsertedMessage = {
  readonly ref: MessageRef;
  readonly message: MessageRecord;
  /** It was to be delivered later, and that time has come, whatever the clock here says. */
  readonly isDue?: boolean;
};

/** What became of one message. */
export type FannedOut = {
  readonly kind: 'published' | 'expired' | 'application-deleted' | 'waiting' | 'cancelled' | 'restored';
  readonly publications: readonly Publication[];
  readonly wakeUps: readonly WakeUp[];
  /** Why the message has to be looked at by somebody: no repeat would heal this. */
  readonly problem?: string;
};

/** Applications that are read at the same time. */
const READS_AT_ONCE = 5;

/**
 * Publishes one task for each endpoint that a message is for, and answers what became of each message, in order. An ordered
 * endpoint gets no task: it is told, once for all messages of a log, that something stands there. Throws when a dependency
 * fails; a repeat then publishes everything again, which is harmless, as attempts have derived keys.
 */
export const fanOut = async (messages: readonly InsertedMessage[], ports: FanOutPorts): Promise<FannedOut[]> => {
  const results = await concurrently(READS_AT_ONCE, messages, (message) => fanOutOne(message, ports));
  await ports.publish(results.flatMap(({ publications }) => publications));
  const wakeUps = coalesced(results.flatMap((result) => result.wakeUps));
  if (wakeUps.length > 0) await ports.wake(wakeUps);
  return results;
};

const fanOutOne = async (inserted: InsertedMessage, ports: FanOutPorts): Promise<FannedOut> => {
  const { ref } = inserted;
  const held = whyNot(inserted, ports.now());
  if (held !== undefined) return nothing(held);
  const application = await ports.applicationOf(ref, versionWanted(inserted.message));
  if (application.deleted) return nothing('application-deleted');
  const matched = asMatched(inserted.message, application);
  const matching = application.subscribers.filter((endpoint) => matches(endpoint, matched));
  const message = await inItsPlace(ref, matched, matching, ports);
  const inOrder = matching.filter((endpoint) => comesThroughLog(endpoint, message));
  const wanted = matching.filter((endpoint) => !inOrder.includes(endpoint));
  return {
    kind: 'published',
    ...publicationsOf({ ref, message }, wanted.map(firstAttempt), application, ports),
    wakeUps: wakeUpsOf(
      ref,
      message,
      inOrder.map(({ id }) => id),
    ),
    ...unreadable(application),
  };
};

const nothing = (kind: FannedOut['kind']): FannedOut => ({ kind, publications: [], wakeUps: [] });

const firstAttempt = ({ id }: Subscriber): WantedAttempt => ({ endpointId: id, attempt: 1 });

/** A message that waited takes its place in its log now, where somebody reads that log. */
const inItsPlace = async (
  ref: MessageRef,
  message: MessageRecord,
  matching: readonly Subscriber[],
  ports: PlacePorts,
): Promise<MessageRecord> => {
  if (message.deliverAt === undefined || message.order !== undefined) return message;
  if (matching.every(({ orderedSince }) => orderedSince === undefined)) return message;
  const order = await takePlace(ref, message, ports);
  return order === undefined ? message : { ...message, order };
};

/** Why there is nothing to send of it, now or ever. */
const whyNot = ({ message, isDue }: InsertedMessage, nowMs: number): FannedOut['kind'] | undefined => {
  if (message.restoredAt !== undefined) return 'restored';
  if (message.cancelledAt !== undefined) return 'cancelled';
  if (message.expiresAt * 1000 <= nowMs) return 'expired';
  return isDue !== true && (message.deliverAt ?? 0) > nowMs ? 'waiting' : undefined;
};

/** A message that waited is for the endpoints of the time when it is due: no version that is remembered will do. */
const versionWanted = ({ deliverAt, appVersion }: MessageRecord): number =>
  deliverAt === undefined ? appVersion : Number.MAX_SAFE_INTEGER;

export const asMatched = <M extends Pick<MessageRecord, 'appVersion' | 'deliverAt'>>(
  message: M,
  { version }: Application,
): M => (message.deliverAt === undefined ? message : { ...message, appVersion: version });

/** The attempts of a message that are wanted, as they go to the topic. */
export const publicationsOf = (
  { ref, message }: InsertedMessage,
  wanted: readonly WantedAttempt[],
  { subscribers }: Pick<Application, 'subscribers'>,
  { mintCopyId }: Pick<FanOutPorts, 'mintCopyId'>,
): Pick<FannedOut, 'publications' | 'problem'> =>
  publishable(
    deliveryTasks(ref, message, inTheirLanes(wanted, subscribers), mintCopyId).map((task) =>
      publicationOf(task, correlationId(message.correlationId, ref.messageId)),
    ),
  );

/** A task that the topic refuses for its size would hold up its whole shard. */
const publishable = (publications: readonly Publication[]): Pick<FannedOut, 'publications' | 'problem'> =>
  publications.some((publication) => publicationBytes(publication) > MAX_BATCH_BYTES)
    ? { publications: [], problem: 'its tasks are larger than the topic takes' }
    : { publications };

/** The other endpoints are served; this one is once its item is repaired and the message is fanned out again. */
const unreadable = ({ unreadable: ids }: Application): Pick<FannedOut, 'problem'> =>
  ids.length === 0 ? {} : { problem: `endpoints cannot be read: ${ids.join(', ')}` };

/** Endpoints that are gone by now have no lane of their own: their attempts are refused in the first one. */
const inTheirLanes = (wanted: readonly WantedAttempt[], subscribers: Application['subscribers']) => {
  const lanes = new Map(subscribers.map(({ id, lane }) => [id, lane]));
  return wanted.map((one) => ({ ...one, lane: lanes.get(one.endpointId) }));
};
