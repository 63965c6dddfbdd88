import { isExpired } from '@fanfare/core/expiry';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef } from '@fanfare/core/keys';
import { ok, type Result } from '@fanfare/core/result';
import { within } from '@fanfare/core/span';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { nextAttemptOf, STATUS, statusOfAttempt } from './attempt-json.ts';
import { attemptsOf } from './attempts.ts';
import type { Attempt, HistoryPorts } from './history.ts';
import { type RowPage, type Start, walk } from './walk.ts';

type AttemptedEndpoint = {
  readonly id: string;
  readonly attempts: Attempts;
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
  const newest = [...newestByEndpoint(attempts.value, ports.now())].map(([id, of]) => ({ id, attempts: of }));
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
    show: ({ endpoint, attempts: of }) => endpoint && endpointText(endpoint, of),
    filtered: false,
  });
  return ok(page);
};

/** The last attempt of all, and the last automatic one: an attempt by hand leaves those that are to come alone. */
type Attempts = { readonly newest: Attempt; readonly automatic?: Attempt | undefined };

const newestByEndpoint = (attempts: readonly Attempt[], nowMs: number): Map<string, Attempts> => {
  const byEndpoint = new Map<string, Attempts>();
  for (const attempt of attempts) {
    if (isExpired(attempt, nowMs)) continue;
    const { newest, automatic }: Partial<Attempts> = byEndpoint.get(attempt.endpointId) ?? {};
    byEndpoint.set(attempt.endpointId, {
      newest: newest === undefined || isAfter(attempt, newest) ? attempt : newest,
      automatic: attempt.trigger === 'scheduled' && isAfter(attempt, automatic) ? attempt : automatic,
    });
  }
  return byEndpoint;
};

/** Automatic attempts are in the order of their numbers; one by hand stands among them by its time. */
const isAfter = (attempt: Attempt, known: Attempt | undefined): boolean =>
  known === undefined ||
  (attempt.trigger === 'scheduled' && known.trigger === 'scheduled'
    ? attempt.attempt >= known.attempt
    : attempt.attemptedAt >= known.attemptedAt);

const endpointText = (endpoint: EndpointRecord, { newest, automatic }: Attempts): string => {
  const { id, uid = null, url, description, version, disabled, createdAt, updatedAt } = endpoint;
  const { eventTypes = null, channels = null, throttleRate = null } = endpoint;
  const statusText = statusOfAttempt(newest);
  return JSON.stringify({
    ...{ id, uid, url, description, version, disabled, channels, ordered: endpoint.orderedSince !== undefined },
    // Older SDKs know the same two fields by other names.
    ...{ eventTypes, filterTypes: eventTypes, throttleRate, rateLimit: throttleRate },
    ...{ createdAt, updatedAt },
    ...{
      status: STATUS[statusText],
      statusText,
      nextAttempt: automatic === undefined ? null : nextAttemptOf(automatic),
    },
  });
};
