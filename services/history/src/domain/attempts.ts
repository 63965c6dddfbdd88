import { isExpired } from '@fanfare/core/expiry';
import type { Refusal } from '@fanfare/core/http/answer';
import { isId } from '@fanfare/core/ids';
import type { ApplicationRef, MessageRef } from '@fanfare/core/keys';
import { ok, type Result } from '@fanfare/core/result';
import { within } from '@fanfare/core/span';
import { labelsMatch } from '@fanfare/events/labels';
import { attemptText, statusOfAttempt } from './attempt-json.ts';
import { codeClassMatches, leavesOut, statusMatches, timeMatches } from './filter.ts';
import type { Attempt, HistoryPorts } from './history.ts';
import type { Filter, ListQuery } from './list-query.ts';
import { attemptMissing, endpointFor, messageFor, refOf } from './scope.ts';
import { type RowPage, walk } from './walk.ts';

/** The attempts to one endpoint, newest first. */
export const listAttemptsOfEndpoint = async (
  application: ApplicationRef,
  idOrUid: string,
  query: ListQuery,
  ports: HistoryPorts,
): Promise<Result<RowPage, Refusal>> => {
  const endpoint = await endpointFor(application, idOrUid, ports);
  if (!endpoint.ok) return endpoint;
  const ref = { ...application, endpointId: endpoint.value.id };
  const page = await walk(query.start, {
    read: (span) => ports.readAttemptsOfEndpoint(ref, span),
    ...showing(query, ports.now()),
  });
  return ok(page);
};

/** The attempts of one message, or those of them to one endpoint, newest first. */
export const listAttemptsOfMessage = async (
  application: ApplicationRef,
  idOrEventId: string,
  query: ListQuery,
  ports: HistoryPorts,
): Promise<Result<RowPage, Refusal>> => {
  const endpoint = query.endpoint === undefined ? undefined : await endpointFor(application, query.endpoint, ports);
  if (endpoint?.ok === false) return endpoint;
  const attempts = await attemptsOf(application, idOrEventId, ports, endpoint?.value.id);
  if (!attempts.ok) return attempts;
  const page = await walk(query.start, {
    read: async (span) => within(attempts.value, span),
    ...showing(query, ports.now()),
  });
  return ok(page);
};

export const findAttempt = async (
  application: ApplicationRef,
  idOrEventId: string,
  attemptId: string,
  ports: HistoryPorts,
): Promise<Result<Attempt, Refusal>> => {
  const attempts = await attemptsOf(application, idOrEventId, ports);
  if (!attempts.ok) return attempts;
  const found = attempts.value.find(({ id }) => id === attemptId);
  return found === undefined || isExpired(found, ports.now()) ? attemptMissing : ok(found);
};

/**
 * A message's attempts. A message that has some is there, so it is read only where none is found: with its payload it
 * may cost more than all its attempts.
 */
export const attemptsOf = async (
  application: ApplicationRef,
  idOrEventId: string,
  ports: HistoryPorts,
  endpointId?: string,
): Promise<Result<readonly Attempt[], Refusal>> => {
  const attemptsAt = (ref: MessageRef) => ports.attemptsOfMessage(ref, endpointId);
  if (isId('msg', idOrEventId)) {
    const attempts = await attemptsAt({ ...application, messageId: idOrEventId });
    if (attempts.length > 0) return ok(attempts);
  }
  const message = await messageFor(application, idOrEventId, ports);
  if (!message.ok) return message;
  return isId('msg', idOrEventId) ? ok([]) : ok(await attemptsAt(refOf(application, message.value)));
};

const showing = ({ filter, withContent }: ListQuery, nowMs: number) => ({
  show: (attempt: Attempt) => (belongs(attempt, filter, nowMs) ? attemptText(attempt, withContent) : undefined),
  filtered: leavesOut(filter),
});

const belongs = (attempt: Attempt, filter: Filter, nowMs: number): boolean =>
  !isExpired(attempt, nowMs) &&
  labelsMatch(filter, attempt) &&
  timeMatches(filter, attempt.attemptedAt) &&
  statusMatches(filter, statusOfAttempt(attempt)) &&
  codeClassMatches(filter, attempt.responseStatusCode);
