import type { Refusal } from '@fanfare/core/http/answer';
import { checked } from '@fanfare/core/http/body';
import { time } from '@fanfare/core/http/field';
import type { ApplicationRef } from '@fanfare/core/keys';
import { ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import { countedHours } from './counted-hours.ts';
import type { HistoryPorts, Hours } from './history.ts';
import { parametersOf } from './list-query.ts';
import { endpointFor } from './scope.ts';

/** The API's longest stretch, which is also the default. */
const LONGEST_DAYS = 28;
const LONGEST_MS = LONGEST_DAYS * 24 * 60 * 60 * 1000;

const schema = z.object({ since: z.optional(time), until: z.optional(time) });

/** Reads the query string of statistics. */
export const statisticsQuery = (rawQuery: string, nowMs: number): Result<Hours, Refusal> => {
  const parsed = checked(Object.fromEntries(parametersOf(rawQuery)), schema, 'query');
  if (!parsed.ok) return parsed;
  const until = parsed.value.until ?? nowMs;
  const since = parsed.value.since ?? until - LONGEST_MS;
  return countedHours({ since, until }, LONGEST_DAYS, nowMs);
};

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
