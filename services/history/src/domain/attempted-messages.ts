import { isExpired } from '@fanfare/core/expiry';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef } from '@fanfare/core/keys';
import { ok, type Result } from '@fanfare/core/result';
import type { Chunk, Span } from '@fanfare/core/span';
import { labelsMatch } from '@fanfare/events/labels';
import { nextAttemptOf, STATUS, statusOfDelivery } from './attempt-json.ts';
import { leavesOut, statusMatches, timeMatches } from './filter.ts';
import type { Attempt, HistoryPorts, Message } from './history.ts';
import type { ListQuery } from './list-query.ts';
import { messageText } from './message-json.ts';
import { endpointFor } from './scope.ts';
import { type RowPage, walk } from './walk.ts';

/** Reading a row costs its message, so fewer are read at once than of a list that has everything in the index. */
const CHUNK_SIZE = 100;

type AttemptedMessage = { readonly id: string; readonly newest: Attempt; readonly message: Message | undefined };

/**
 * The messages that were attempted at an endpoint, each with how its delivery stands. The order is that of their newest
 * attempts, newest first, and the iterator an attempt's id: what is going on now comes first.
 */
export const listAttemptedMessages = async (
  application: ApplicationRef,
  idOrUid: string,
  { start, filter, withContent }: ListQuery,
  ports: HistoryPorts,
): Promise<Result<RowPage, Refusal>> => {
  const endpoint = await endpointFor(application, idOrUid, ports);
  if (!endpoint.ok) return endpoint;
  const nowMs = ports.now();

  // How a delivery stands is what its automatic attempts say: one by hand neither ends nor begins it.
  const mayBelong = (attempt: Attempt): boolean =>
    attempt.trigger === 'scheduled' &&
    !isExpired(attempt, nowMs) &&
    labelsMatch(filter, attempt) &&
    statusMatches(filter, statusOfDelivery(attempt)) &&
    timeMatches(filter, attempt.attemptedAt);

  const read = async (span: Span): Promise<Chunk<AttemptedMessage>> => {
    const ref = { ...application, endpointId: endpoint.value.id };
    const chunk = await ports.readAttemptsOfEndpoint(ref, { ...span, limit: Math.min(span.limit, CHUNK_SIZE) });
    const candidates = chunk.items.filter(mayBelong);
    const superseded = await ports.superseded(application, candidates);
    const ids = candidates.filter((attempt) => !superseded.has(attempt)).map(({ messageId }) => messageId);
    const messages = new Map((await ports.messagesByIds(application, ids)).map((message) => [message.id, message]));
    const items = chunk.items.map((attempt) => {
      const shown = mayBelong(attempt) && !superseded.has(attempt);
      return { id: attempt.id, newest: attempt, message: shown ? messages.get(attempt.messageId) : undefined };
    });
    return { items, more: chunk.more };
  };

  const show = async ({ newest, message }: AttemptedMessage): Promise<string | undefined> => {
    if (message === undefined || isExpired(message, nowMs)) return undefined;
    const statusText = statusOfDelivery(newest);
    const next = nextAttemptOf(newest);
    const more = { status: STATUS[statusText], statusText, ...(next === null ? {} : { nextAttempt: next }) };
    return messageText(application, message, withContent, ports, more);
  };

  return ok(await walk(start, { read, show, filtered: leavesOut(filter) }));
};
