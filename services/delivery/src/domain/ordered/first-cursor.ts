import type { LogRef } from '@fanfare/core/keys';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { LogItem } from '@fanfare/events/ordered-log';
import { comesThroughLog } from '@fanfare/events/through-log';
import type { LogPage } from './next-in-log.ts';

/**
 * How many numbers before the first that an endpoint is woken for may be for it too: fan-out tells of the highest in a
 * batch, and a batch of a stream has 10,000 records at the most.
 */
const MOST_OF_A_BATCH = 10_000;

/** The change that made an endpoint ordered, and messages that were accepted under it, were written by different clocks. */
const SKEW_MS = 5 * 60_000;

/**
 * Where an endpoint begins in a log: at the first message that came through it, looking back from the number that it is woken
 * for. Each number before that has been passed to it as a task, or is from before it was ordered.
 */
export const firstNumber = async (
  log: LogRef,
  wokenFor: number,
  endpoint: EndpointRecord | undefined,
  readLogBack: (log: LogRef, from: number) => Promise<LogPage>,
): Promise<number> => {
  const since = (endpoint?.orderedSince ?? Number.POSITIVE_INFINITY) - SKEW_MS;
  let first = wokenFor;
  let from = wokenFor;
  while (from > 0 && wokenFor - from < MOST_OF_A_BATCH) {
    const { items, isLast } = await readLogBack(log, from);
    for (const item of items) {
      if (item.number < wokenFor && isOlder(item, since)) return first;
      if (item.kind === 'log-entry' && endpoint !== undefined && comesBy(endpoint, item)) first = item.number;
    }
    const lowest = items.at(-1)?.number;
    if (isLast || lowest === undefined) return first;
    from = lowest - 1;
  }
  return first;
};

const isOlder = (item: LogItem, since: number): boolean => item.kind === 'log-entry' && item.acceptedAt < since;

const comesBy = (endpoint: EndpointRecord, { number, appVersion }: Extract<LogItem, { kind: 'log-entry' }>): boolean =>
  comesThroughLog(endpoint, { order: { key: '', number }, appVersion });
