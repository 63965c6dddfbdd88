import { isExpired } from '@fanfare/core/expiry';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef } from '@fanfare/core/keys';
import { ok, type Result } from '@fanfare/core/result';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { nextAttemptOf, STATUS, statusOfAttempt } from './attempt-json.ts';
import { attemptsOf } from './attempts.ts';
import type { Attempt, HistoryPorts } from './history.ts';
import { within } from './span.ts';
import { type RowPage, type Start, walk } from './walk.ts';

type AttemptedEndpoint = {
  readonly id: string;
  readonly newest: Attempt;
  readonly endpoint: EndpointRecord | undefined;
};

/** The endpoints that a message was attempted at, deleted ones included, each with how its newest attempt ended. */
export const listAttemptedEndpoints = async (
  application: ApplicationRef,
  idOrEventId: string,
  start: Start,
  ports: HistoryPorts,
): Promise<Result<RowPage, Refusal>> => {
  const attempts = await attemptsOf(application, idOrEventId, ports);
  if (!attempts.ok) return attempts;
  const newest = [...newestByEndpoint(attempts.value, ports.now())].map(([id, attempt]) => ({ id, newest: attempt }));
  const page = await walk<AttemptedEndpoint>(start, {
    read: async (span) => {
      const { items, more } = within(newest, span);
      const endpoints = await ports.endpointsByIds(
        application,
        items.map(({ id }) => id),
      );
      const known = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
      return { items: items.map((item) => ({ ...item, endpoint: known.get(item.id) })), more };
    },
    show: ({ endpoint, newest: attempt }) => endpoint && endpointText(endpoint, attempt),
    filtered: false,
  });
  return ok(page);
};

const newestByEndpoint = (attempts: readonly Attempt[], nowMs: number): Map<string, Attempt> => {
  const newest = new Map<string, Attempt>();
  for (const attempt of attempts) {
    const known = newest.get(attempt.endpointId);
    if (isExpired(attempt, nowMs) || (known !== undefined && known.attempt > attempt.attempt)) continue;
    newest.set(attempt.endpointId, attempt);
  }
  return newest;
};

const endpointText = (endpoint: EndpointRecord, newest: Attempt): string => {
  const { id, uid = null, url, description, version, disabled, createdAt, updatedAt } = endpoint;
  const { eventTypes = null, channels = null, throttleRate = null } = endpoint;
  const statusText = statusOfAttempt(newest);
  return JSON.stringify({
    ...{ id, uid, url, description, version, disabled, channels },
    // Older SDKs know the same two fields by other names.
    ...{ eventTypes, filterTypes: eventTypes, throttleRate, rateLimit: throttleRate },
    ...{ createdAt, updatedAt },
    ...{ status: STATUS[statusText], statusText, nextAttempt: nextAttemptOf(newest) },
  });
};
