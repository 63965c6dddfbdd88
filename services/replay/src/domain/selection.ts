import { concurrently } from '@fanfare/core/concurrently';
import { isExpired } from '@fanfare/core/expiry';
import { firstIdAt } from '@fanfare/core/ids';
import type { ApplicationRef, EndpointRef, MessageRef } from '@fanfare/core/keys';
import type { Chunk, Span } from '@fanfare/core/span';
import { unreachable } from '@fanfare/core/unreachable';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { labelsMatch } from '@fanfare/events/labels';
import { asksFor } from '@fanfare/events/matches';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { ReplayTask } from '@fanfare/events/replay-task';
import { LONGEST_STEP } from './pace.ts';
import { type AttemptFacts, missingAt, recovering, repeating, type WantedAttempt } from './wanted-attempt.ts';

export type Message = MessageRecord & { readonly id: string };
export type FoundMessage = { readonly id: string; readonly message?: Message };
export type Attempt = AttemptFacts & { readonly messageId: string };

/** What choosing messages needs from the outside. What has expired may still be returned. */
export type SelectionPorts = {
  /** One that cannot be understood comes as its id alone, so that the walk passes it. */
  readonly readMessages: (application: ApplicationRef, span: Span) => Promise<Chunk<FoundMessage>>;
  /** In the order of the attempts' ids. One that was recorded a moment ago may be missing. */
  readonly readAttemptsOfEndpoint: (endpoint: EndpointRef, span: Span) => Promise<Chunk<Attempt>>;
  /** Those of a message to an endpoint; sees every attempt that is recorded. */
  readonly attemptsAt: (message: MessageRef, endpointId: string) => Promise<readonly AttemptFacts[]>;
  /** Those that exist and can be understood, in no particular order. */
  readonly messagesByIds: (application: ApplicationRef, ids: readonly string[]) => Promise<readonly Message[]>;
  readonly now: () => number;
};

/** A message, and the attempt of it that is to be made. */
export type Chosen = { readonly message: Message; readonly wanted: WantedAttempt };

/** One step's share of a walk. */
export type Selection = {
  readonly chosen: readonly Chosen[];
  readonly scanned: number;
  /** Where the next step goes on. */
  readonly cursor?: string;
  readonly done: boolean;
};

/** What was looked at, and the attempt that follows from it. */
type Judged = { readonly id: string; readonly messageId: string; readonly wanted: WantedAttempt | undefined };

const READS_AT_ONCE = 10;
/** An id is minted for the very time that its item shows, but holds it to 4 ms only. */
const ID_SLACK_MS = 4;

/** Looks at the next of what a task walks through, and chooses at most `most` messages. */
export const selectNext = async (
  orgId: string,
  task: ReplayTask,
  endpoint: EndpointRecord,
  most: number,
  ports: SelectionPorts,
): Promise<Selection> => {
  switch (task.task) {
    case 'endpoint.recover':
      return selectFailed(orgId, task, most, ports);
    case 'endpoint.replay':
      return selectMessages(orgId, task, most, ports, {
        isFor: (message) => asksFor(endpoint, message),
        judge: missingAt,
      });
    case 'endpoint.bulk-replay':
      return selectMessages(orgId, task, most, ports, {
        isFor: (message) => labelsMatch(task.filter ?? {}, message),
        judge: (attempts) => repeating(task, attempts),
      });
    default:
      return unreachable(task.task);
  }
};

/** By the attempts of the endpoint, which the index has: what succeeded at once is passed without reading it. */
const selectFailed = async (
  orgId: string,
  task: ReplayTask,
  most: number,
  ports: SelectionPorts,
): Promise<Selection> => {
  const { appId, endpointId } = task;
  const chunk = await ports.readAttemptsOfEndpoint({ orgId, appId, endpointId }, spanOf(task, 'atmpt'));
  const failed = chunk.items.filter((attempt) => !attempt.succeeded && isWithin(task, attempt.attemptedAt));
  const messageIds = [...new Set(failed.map(({ messageId }) => messageId))];
  const read = await concurrently(READS_AT_ONCE, messageIds, async (messageId) => {
    const attempts = await ports.attemptsAt({ orgId, appId, messageId }, endpointId);
    // A message that failed several times is taken at the last one, wherever in the walk that is.
    const last = attempts
      .filter((one) => !one.succeeded && isWithin(task, one.attemptedAt))
      .toSorted(byId)
      .at(-1);
    return [last?.id, recovering(task, attempts)] as const;
  });
  const wantedAt = new Map(read);
  const judged = chunk.items.map(({ id, messageId }) => ({ id, messageId, wanted: wantedAt.get(id) }));
  const taken = take(judged, chunk.more, most);
  const messages = await ports.messagesByIds(
    { orgId, appId },
    taken.judged.map(({ messageId }) => messageId),
  );
  return selectionOf(taken, messages, ports.now());
};

type Choice = {
  readonly isFor: (message: Message) => boolean;
  readonly judge: (attempts: readonly AttemptFacts[]) => WantedAttempt | undefined;
};

/** By the messages of the application, with one look at the attempts of each that may be wanted. */
const selectMessages = async (
  orgId: string,
  task: ReplayTask,
  most: number,
  ports: SelectionPorts,
  { isFor, judge }: Choice,
): Promise<Selection> => {
  const { appId, endpointId } = task;
  const chunk = await ports.readMessages({ orgId, appId }, spanOf(task, 'msg'));
  const nowMs = ports.now();
  const judged = await concurrently(READS_AT_ONCE, chunk.items, async ({ id, message }): Promise<Judged> => {
    const mayBe =
      message !== undefined && isWithin(task, message.acceptedAt) && isSendable(message, nowMs) && isFor(message);
    const attempts = mayBe ? await ports.attemptsAt({ orgId, appId, messageId: id }, endpointId) : undefined;
    return { id, messageId: id, wanted: attempts && judge(attempts) };
  });
  const messages = chunk.items.flatMap(({ message }) => (message === undefined ? [] : [message]));
  return selectionOf(take(judged, chunk.more, most), messages, nowMs);
};

const spanOf = ({ cursor, since, until }: ReplayTask, prefix: 'msg' | 'atmpt'): Span => ({
  newerThan: cursor ?? firstIdAt(prefix, since),
  olderThan: firstIdAt(prefix, until + ID_SLACK_MS),
  newestFirst: false,
  limit: LONGEST_STEP,
});

const isWithin = ({ since, until }: ReplayTask, atMs: number): boolean => since <= atMs && atMs <= until;

type Taken = Pick<Selection, 'scanned' | 'cursor' | 'done'> & { readonly judged: readonly Judged[] };

/** As many as may be sent; the walk goes on behind the last of them where there are more. */
const take = (judged: readonly Judged[], more: boolean, most: number): Taken => {
  const wanted = judged.filter((one) => one.wanted !== undefined);
  const isCut = wanted.length > most;
  const last = isCut ? wanted[most - 1] : judged.at(-1);
  return {
    judged: wanted.slice(0, most),
    scanned: last === undefined ? 0 : judged.indexOf(last) + 1,
    ...(last === undefined ? {} : { cursor: last.id }),
    done: !isCut && !more,
  };
};

const selectionOf = ({ judged, ...rest }: Taken, messages: readonly Message[], nowMs: number): Selection => {
  const byMessageId = new Map(messages.map((message) => [message.id, message]));
  const chosen = judged.flatMap(({ messageId, wanted }) => {
    const message = byMessageId.get(messageId);
    return message === undefined || wanted === undefined || !isSendable(message, nowMs) ? [] : [{ message, wanted }];
  });
  return { ...rest, chosen };
};

/** Whether there is something to send of it, and it is time. */
const isSendable = (message: Message, nowMs: number): boolean =>
  !isExpired(message, nowMs) &&
  message.payloadExpiresAt * 1000 > nowMs &&
  message.cancelledAt === undefined &&
  (message.deliverAt === undefined || message.deliverAt <= nowMs);

const byId = (one: { readonly id: string }, other: { readonly id: string }): number => (one.id < other.id ? -1 : 1);
