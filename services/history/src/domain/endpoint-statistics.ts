import type { Refusal } from '@fanfare/core/http/answer';
import { checked } from '@fanfare/core/http/body';
import { time } from '@fanfare/core/http/field';
import type { ApplicationRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import { hourOf } from '@fanfare/events/statistics-record';
import * as z from 'zod/mini';
import type { HistoryPorts, Hours } from './history.ts';
import { parametersOf } from './list-query.ts';
import { endpointFor } from './scope.ts';

/** The API's longest stretch, which is also the default. */
const LONGEST_MS = 28 * 24 * 60 * 60 * 1000;
/** A caller's clock may be off by this much. */
const SLACK_MS = 5 * 60 * 1000;

const schema = z.object({ since: z.optional(time), until: z.optional(time) });

/** Reads the query string of statistics: they are kept by the hour, so that the hours of both ends count as a whole. */
export const statisticsQuery = (rawQuery: string, nowMs: number): Result<Hours, Refusal> => {
  const parsed = checked(Object.fromEntries(parametersOf(rawQuery)), schema, 'query');
  if (!parsed.ok) return parsed;
  const until = parsed.value.until ?? nowMs;
  const since = parsed.value.since ?? until - LONGEST_MS;
  if (until > nowMs + SLACK_MS) return invalidRange('`until` must not be in the future.');
  if (since > until) return invalidRange('`since` must not be later than `until`.');
  if (until - since > LONGEST_MS + SLACK_MS) return invalidRange('There must be at most 28 days between both times.');
  return ok({ from: hourOf(since), to: hourOf(until) });
};

const invalidRange = (detail: string) => err({ kind: 'malformed', code: 'invalid_range', detail } as const);

/** Attempts by how they ended, in the API's words. */
export type EndpointStatistics = {
  readonly success: number;
  readonly fail: number;
  /** Messages whose last attempt failed and whose next one is to come. */
  readonly sending: number;
  /** Always 0: a message that had no attempt yet is not counted, and there is no attempt that is pending or canceled. */
  readonly pending: number;
  readonly canceled: number;
  /** Of those that failed, the ones that nothing came after. Not in the Svix API, whose clients leave it out. */
  readonly exhausted: number;
};

export const endpointStatistics = async (
  application: ApplicationRef,
  idOrUid: string,
  hours: Hours,
  ports: Pick<HistoryPorts, 'findEndpoint' | 'statisticsOfEndpoint'>,
): Promise<Result<EndpointStatistics, Refusal>> => {
  const endpoint = await endpointFor(application, idOrUid, ports);
  if (!endpoint.ok) return endpoint;
  const ref = { ...application, endpointId: endpoint.value.id };
  const { delivered, failed, waiting, exhausted } = await ports.statisticsOfEndpoint(ref, hours);
  return ok({ success: delivered, fail: failed, sending: waiting, pending: 0, canceled: 0, exhausted });
};
