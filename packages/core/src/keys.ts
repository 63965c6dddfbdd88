/**
 * Every key of the table, in one place.
 *
 *   item                 PK                             SK                      GSI1PK / GSI1SK (index by-endpoint)
 *   application          <org>#APPS                     <app>
 *   application's uid    <org>#APPUIDS                  <uid>
 *   data key             <org>#DATAKEYS                 <number>
 *   idempotency          <org>#IDEMPOTENCY#<hash>       IDEMPOTENCY
 *   background task      <org>#TASKS                    <task>
 *   application version  <org>#<app>                    VERSION
 *   endpoint             <org>#<app>                    EP#<endpoint>
 *   endpoint's uid       <org>#<app>#EPUIDS             <uid>
 *   message              <org>#<app>#MSGS#<shard>       <message>
 *   message's event id   <org>#<app>#EVENTID#<eventId>  EVENTID
 *   attempt              <org>#<app>#<message>          <endpoint>#<number>     <org>#<app>#<endpoint> / <attempt>
 *   attempt by hand      <org>#<app>#<message>          <endpoint>#m<copy>      <org>#<app>#<endpoint> / <attempt>
 *   statistics           <org>#<app>#STATS              <endpoint>#<hour>#<stream shard>
 *   archive's data key   <org>#<app>#ARCHIVEKEY         ARCHIVEKEY
 *   slots of a rate      <org>#<app>#SLOTS#<endpoint>   SLOTS
 *   parked task          <org>#<app>#PARK#<endpoint>    <accepted at>#<message>#<number>
 *   ordered log          <org>#<app>#LOG#<ordering key> <number>
 *   its last number      <org>#<app>#LOG#<ordering key> NEXT
 *   cursor in a log      <org>#<app>#CURSORS#<endpoint> <ordering key>
 *   running replay       <org>#<app>#REPLAYS#<endpoint> <hash>
 *   imported file        <org>#<app>#IMPORTS#<hash>     IMPORT
 *   due item             DUE#<bucket>#<shard>           <due at>#<what>#<id>
 *   sweep's cursor       DUE#CURSOR                     <shard>
 *   activity             ACTIVE#<hour>#<shard>          <org>#<app>#<hour>
 *   usage                USAGE#<day>#<shard>            <org>#<app>#<hour>#<stream shard>
 *   recheck              RECHECK#<hour>#<shard>         <time>#<org>#<app>#<message>
 *   reconciler's cursor  RECONCILE                      CURSOR
 *
 * The organisation comes from the caller's token, so no key of one organisation can be built with another's. The last six
 * belong to the system; no organisation's id is like theirs.
 */

import { type DueShard, dueBucket, dueShard } from './due-time.ts';

export const TABLE_INDEX_BY_ENDPOINT = 'by-endpoint';

export type Key = { readonly PK: string; readonly SK: string };
export type ApplicationRef = { readonly orgId: string; readonly appId: string };
export type EndpointRef = ApplicationRef & { readonly endpointId: string };
export type MessageRef = ApplicationRef & { readonly messageId: string };
/** An attempt: of the automatic ones its number counts, of one that was asked for by hand the copy of its task. */
export type AttemptRef = MessageRef &
  EndpointRef & {
    readonly attempt: number;
    readonly trigger?: 'scheduled' | 'manual';
    readonly copyId?: string | undefined;
  };

/** A `#` inside an id would let one tenant's key equal another's. Ids and uids are letters, digits, `-`, `_` and `.`. */
const PART = /^[\w.-]+$/;

/** An application's id is also a message group, of which SNS and SQS take this much. */
const MAX_ID_LENGTH = 128;

/**
 * Whether an id out of a queue or the stream can be part of a key. Whoever reads many of them at once asks first: a key
 * that cannot be built, or that DynamoDB refuses, would fail the neighbours too.
 */
export const isKeyPart = (id: string): boolean => id.length <= MAX_ID_LENGTH && PART.test(id);

const part = (text: string): string => {
  if (!PART.test(text)) throw new Error(`not a key part: ${JSON.stringify(text)}`);
  return text;
};

export const applicationsPartition = (orgId: string): string => `${part(orgId)}#APPS`;
export const applicationKey = (ref: ApplicationRef): Key => ({
  PK: applicationsPartition(ref.orgId),
  SK: part(ref.appId),
});
export const applicationUidKey = (orgId: string, uid: string): Key => ({ PK: `${part(orgId)}#APPUIDS`, SK: part(uid) });

export const dataKeysPartition = (orgId: string): string => `${part(orgId)}#DATAKEYS`;
export const dataKeyKey = (orgId: string, number: number): Key => ({
  PK: dataKeysPartition(orgId),
  SK: String(number).padStart(6, '0'),
});

export const idempotencyKey = (orgId: string, hash: string): Key => ({
  PK: `${part(orgId)}#IDEMPOTENCY#${part(hash)}`,
  SK: 'IDEMPOTENCY',
});

export type BackgroundTaskRef = { readonly orgId: string; readonly taskId: string };

export const backgroundTasksPartition = (orgId: string): string => `${part(orgId)}#TASKS`;

export const backgroundTaskKey = ({ orgId, taskId }: BackgroundTaskRef): Key => ({
  PK: backgroundTasksPartition(orgId),
  SK: part(taskId),
});

/** The inverse of {@link backgroundTaskKey}. `undefined` for the key of another kind of item. */
export const parseBackgroundTaskKey = (key: Key): BackgroundTaskRef | undefined => {
  const [orgId, kind, ...more] = key.PK.split('#');
  if (orgId === undefined || kind !== 'TASKS' || more.length > 0) return undefined;
  return [orgId, key.SK].every(isKeyPart) ? { orgId, taskId: key.SK } : undefined;
};

/** Holds the application's version and all its endpoints: what fan-out needs is one query. */
export const applicationPartition = (ref: ApplicationRef): string => `${part(ref.orgId)}#${part(ref.appId)}`;
export const VERSION_SORT_KEY = 'VERSION';
export const ENDPOINT_SORT_KEY_PREFIX = 'EP#';
export const versionKey = (ref: ApplicationRef): Key => ({ PK: applicationPartition(ref), SK: VERSION_SORT_KEY });
export const endpointKey = (ref: EndpointRef): Key => ({
  PK: applicationPartition(ref),
  SK: `${ENDPOINT_SORT_KEY_PREFIX}${part(ref.endpointId)}`,
});
export const endpointUidKey = (ref: ApplicationRef, uid: string): Key => ({
  PK: `${applicationPartition(ref)}#EPUIDS`,
  SK: part(uid),
});

/**
 * A partition takes 1,000 writes a second, so a hot application's messages spread over shards. Every application has
 * one shard so far; the number is in the key so that more of them move nothing.
 */
export const MESSAGE_SHARDS = ['00'] as const;
export const messagesPartition = (ref: ApplicationRef, shard: string): string =>
  `${applicationPartition(ref)}#MSGS#${part(shard)}`;
export const messageKey = (ref: MessageRef): Key => ({
  PK: messagesPartition(ref, MESSAGE_SHARDS[0]),
  SK: part(ref.messageId),
});
export const eventIdKey = (ref: ApplicationRef, eventId: string): Key => ({
  PK: `${applicationPartition(ref)}#EVENTID#${part(eventId)}`,
  SK: 'EVENTID',
});

/** The inverse of {@link messageKey}, for a reader of the stream. `undefined` for the key of another kind of item. */
export const parseMessageKey = (key: Key): MessageRef | undefined => {
  const [orgId, appId, kind] = key.PK.split('#');
  if (orgId === undefined || appId === undefined || kind !== 'MSGS') return undefined;
  if (![orgId, appId, key.SK].every(isKeyPart)) return undefined;
  return { orgId, appId, messageId: key.SK };
};

export const attemptsPartition = (ref: MessageRef): string => `${applicationPartition(ref)}#${part(ref.messageId)}`;
export const attemptsOfEndpointPrefix = (endpointId: string): string => `${part(endpointId)}#`;
export const attemptKey = (ref: AttemptRef): Key => ({
  PK: attemptsPartition(ref),
  SK: `${attemptsOfEndpointPrefix(ref.endpointId)}${attemptName(ref)}`,
});

/** Attempts by hand have a range of their own, so that they neither take nor stand for the number of an automatic one. */
const MANUAL = 'm';
const attemptName = ({ attempt, trigger, copyId }: AttemptRef): string =>
  trigger === 'manual' && copyId !== undefined ? `${MANUAL}${part(copyId)}` : String(attempt).padStart(3, '0');

export const endpointAttemptsPartition = (ref: EndpointRef): string =>
  `${applicationPartition(ref)}#${part(ref.endpointId)}`;
export const attemptIndexKey = (ref: EndpointRef, attemptId: string): { GSI1PK: string; GSI1SK: string } => ({
  GSI1PK: endpointAttemptsPartition(ref),
  GSI1SK: part(attemptId),
});

/** The inverse of {@link attemptKey}. `undefined` for the key of another kind of item. */
export const parseAttemptKey = (key: Key): AttemptRef | undefined => {
  const [orgId, appId, messageId] = key.PK.split('#');
  const [endpointId, attempt, ...more] = key.SK.split('#');
  if (orgId === undefined || appId === undefined || messageId === undefined) return undefined;
  if (endpointId === undefined || attempt === undefined || more.length > 0) return undefined;
  const ids = { orgId, appId, messageId, endpointId };
  return attempt.startsWith(MANUAL)
    ? { ...ids, attempt: 1, trigger: 'manual', copyId: attempt.slice(MANUAL.length) }
    : { ...ids, attempt: Number(attempt) };
};

/** What a shard of the stream told of an endpoint's hour. Hours sort as text; an application's endpoints lie side by side. */
export const statisticsPartition = (ref: ApplicationRef): string => `${applicationPartition(ref)}#STATS`;
export const statisticsHourPrefix = (endpointId: string, hour: string): string => `${part(endpointId)}#${part(hour)}#`;
export const statisticsKey = (ref: EndpointRef & { readonly hour: string; readonly shard: string }): Key => ({
  PK: statisticsPartition(ref),
  SK: `${statisticsHourPrefix(ref.endpointId, ref.hour)}${part(ref.shard)}`,
});

/** What an application's archived content is sealed with. It outlives the application, without the key. */
export const archiveKeyKey = (ref: ApplicationRef): Key => ({
  PK: `${applicationPartition(ref)}#ARCHIVEKEY`,
  SK: 'ARCHIVEKEY',
});

/** Until when the slots of an endpoint's rate, or of an application's, are taken. `ownerId` is the endpoint or application. */
export const slotsKey = (ref: ApplicationRef, ownerId: string): Key => ({
  PK: `${applicationPartition(ref)}#SLOTS#${part(ownerId)}`,
  SK: 'SLOTS',
});

/** Tasks of an endpoint that nothing can be sent to for now, the oldest message first. */
export const parkPartition = (ref: EndpointRef): string => `${applicationPartition(ref)}#PARK#${part(ref.endpointId)}`;
export const parkedTaskKey = (ref: AttemptRef & { readonly acceptedAt: number }): Key => ({
  PK: parkPartition(ref),
  SK: [String(ref.acceptedAt).padStart(13, '0'), part(ref.messageId), attemptName(ref)].join('#'),
});

/** Which task replays messages to an endpoint, of all that ask for the same. `request` is a hash of what is asked for. */
export const replayKey = (ref: EndpointRef, request: string): Key => ({
  PK: `${applicationPartition(ref)}#REPLAYS#${part(ref.endpointId)}`,
  SK: part(request),
});

/** Which task imports a file, as it is. `file` is a hash of where it lies and what is in it. */
export const importKey = (ref: ApplicationRef, file: string): Key => ({
  PK: `${applicationPartition(ref)}#IMPORTS#${part(file)}`,
  SK: 'IMPORT',
});

/** A log of messages that ordered endpoints get one after the other. */
export type LogRef = ApplicationRef & { readonly orderingKey: string };
export const logPartition = (ref: LogRef): string => `${applicationPartition(ref)}#LOG#${part(ref.orderingKey)}`;
/** Numbers sort as text, and before the item that says which was taken last. */
export const logNumber = (number: number): string => String(number).padStart(12, '0');
export const logKey = (ref: LogRef, number: number): Key => ({ PK: logPartition(ref), SK: logNumber(number) });
export const logNextKey = (ref: LogRef): Key => ({ PK: logPartition(ref), SK: 'NEXT' });

/** How far an ordered endpoint has come in a log. The cursors of an endpoint lie together. */
export type CursorRef = EndpointRef & { readonly orderingKey: string };
export const cursorsPartition = (ref: EndpointRef): string =>
  `${applicationPartition(ref)}#CURSORS#${part(ref.endpointId)}`;
export const cursorKey = (ref: CursorRef): Key => ({ PK: cursorsPartition(ref), SK: part(ref.orderingKey) });

/** What is due at a time. `id` is what makes it the same item when it is written twice. Times are in milliseconds. */
export type DueRef = { readonly dueAt: number; readonly what: string; readonly id: readonly string[] };

export const duePartition = (bucket: number, shard: DueShard): string => `DUE#${bucket}#${shard}`;
/** Sort keys of what is due at this time begin with it. Thirteen digits last until the year 2286. */
export const dueSortKeyPrefix = (dueAt: number): string => String(dueAt).padStart(13, '0');
export const dueKey = ({ dueAt, what, id }: DueRef): Key => ({
  PK: duePartition(dueBucket(dueAt), dueShard(id.join('#'))),
  SK: [dueSortKeyPrefix(dueAt), part(what), ...id.map(part)].join('#'),
});
export const dueCursorKey = (shard: DueShard): Key => ({ PK: 'DUE#CURSOR', SK: shard });

const HOUR_MS = 3_600_000;

/** Hours since 1970. */
export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR_MS);
export const hourStartMs = (hour: number): number => hour * HOUR_MS;

/** What every application writes in one hour spreads over these. */
export const ACTIVITY_SHARDS = 8;
const activityShard = ({ appId }: Pick<ApplicationRef, 'appId'>): number =>
  [...appId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % ACTIVITY_SHARDS;

/** Says that an application saved messages: of which hour they are, by the time in their ids, and in which hour that was. */
export type ActivityRef = ApplicationRef & { readonly hour: number; readonly messageHour: number };
export const activityPartition = (hour: number, shard: number): string => `ACTIVE#${hour}#${shard}`;
export const activityKey = (ref: ActivityRef): Key => ({
  PK: activityPartition(ref.hour, activityShard(ref)),
  SK: `${part(ref.orgId)}#${part(ref.appId)}#${ref.messageHour}`,
});

/** The inverse of {@link activityKey}. `undefined` for the key of another kind of item. */
export const parseActivityKey = (key: Key): ActivityRef | undefined => {
  const [kind, hour] = key.PK.split('#');
  const [orgId, appId, messageHour] = key.SK.split('#');
  if (kind !== 'ACTIVE' || orgId === undefined || appId === undefined || messageHour === undefined) return undefined;
  return { orgId, appId, hour: Number(hour), messageHour: Number(messageHour) };
};

/** What a shard of the stream told of an application's hour, by the day: `2026-11-25`, and in it `2026-11-25T03`, in UTC. */
export type UsageRef = ApplicationRef & { readonly hour: string };
export const USAGE_SHARDS = ACTIVITY_SHARDS;
/** The usage of an application lies in this shard of every day. */
export const usageShard = (ref: Pick<ApplicationRef, 'appId'>): number => activityShard(ref);
export const usageDayOf = (hour: string): string => hour.slice(0, 'yyyy-mm-dd'.length);
export const usagePartition = (day: string, shard: number): string => `USAGE#${part(day)}#${shard}`;
/** What sort keys of an organisation's usage, or of one of its applications, begin with. */
export const usagePrefix = (orgId: string, appId?: string): string =>
  appId === undefined ? `${part(orgId)}#` : `${part(orgId)}#${part(appId)}#`;
export const usageKey = (ref: UsageRef & { readonly shard: string }): Key => ({
  PK: usagePartition(usageDayOf(ref.hour), usageShard(ref)),
  SK: `${usagePrefix(ref.orgId, ref.appId)}${part(ref.hour)}#${part(ref.shard)}`,
});

/** The inverse of {@link usageKey}, without the stream's shard. `undefined` for the sort key of another kind of item. */
export const parseUsageSortKey = (sortKey: string): UsageRef | undefined => {
  const [orgId, appId, hour, shard, ...more] = sortKey.split('#');
  if (orgId === undefined || appId === undefined || hour === undefined) return undefined;
  return shard === undefined || more.length > 0 ? undefined : { orgId, appId, hour };
};

/** A message that the reconciler looks at again, in time order within its hour. */
export const recheckPartition = (hour: number, shard: number): string => `RECHECK#${hour}#${shard}`;
export const recheckTime = (atMs: number): string => String(atMs).padStart(13, '0');
export const recheckKey = (ref: MessageRef, atMs: number): Key => ({
  PK: recheckPartition(hourOf(atMs), activityShard(ref)),
  SK: `${recheckTime(atMs)}#${part(ref.orgId)}#${part(ref.appId)}#${part(ref.messageId)}`,
});

/** The inverse of {@link recheckKey}. `undefined` for the key of another kind of item. */
export const parseRecheckKey = (key: Key): MessageRef | undefined => {
  const [, orgId, appId, messageId] = key.SK.split('#');
  if (!key.PK.startsWith('RECHECK#') || orgId === undefined || appId === undefined || messageId === undefined) return;
  return { orgId, appId, messageId };
};

export const RECONCILE_CURSOR_KEY: Key = { PK: 'RECONCILE', SK: 'CURSOR' };
