import type { LogRef } from '@fanfare/core/keys';
import { MOST_NUMBERS_AT_ONCE } from '@fanfare/core/log-numbers';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { LogItem } from '@fanfare/events/ordered-log';
import { comesThroughLog } from '@fanfare/events/through-log';
import type { LogPage } from './next-in-log.ts';

/**
 * How many numbers before the first that an endpoint is woken for may be for it too: other batches may have come before, and a
 * batch of a stream has 10,000 records at the most.
 */
const MOST_OF_A_BATCH = 10_000;

/** How many numbers nothing may stand at yet: of so many calls for one ordering key that are under way at once. */
const MOST_UNDER_WAY = 100 * MOST_NUMBERS_AT_ONCE;

/** The change that made an endpoint ordered, and messages that were accepted under it, were written by different clocks. */
const SKEW_MS = 5 * 60_000;

/**
 * Where an endpoint begins in a log: at the first message that came through it, looking back from the lowest number that it is
 * woken for. One that is ordered no more begins there. Each number before that has been passed to it as a task, or is from
 * before it was ordered. A number at which nothing stands yet may be for it as well, so it begins there: whoever took it may be
 * slower than whoever came after.
 */
export const firstNumber = async (
  log: LogRef,
  wokenFor: number,
  endpoint: EndpointRecord | undefined,
  readLogBack: (log: LogRef, from: number) => Promise<LogPage>,
): Promise<number> => {
  const since = (endpoint?.orderedSince ?? Number.POSITIVE_INFINITY) - SKEW_MS;
  let first = wokenFor;
  /** The highest number below the first at which something stands. */
  let below: number | undefined;
  let from = wokenFor;
  while (from > 0 && wokenFor - from < MOST_OF_A_BATCH) {
    const { items, isLast } = await readLogBack(log, from);
    for (const item of items) {
      if (item.number < first) below ??= item.number;
      if (item.number < wokenFor && isOlder(item, since)) return afterGap(first, below);
      if (item.kind !== 'log-entry' || endpoint === undefined || !comesBy(endpoint, item)) continue;
      first = item.number;
      below = undefined;
    }
    const lowest = items.at(-1)?.number;
    if (isLast || lowest === undefined) return afterGap(first, below);
    from = lowest - 1;
  }
  return first;
};

/** Numbers at which nothing stands directly below the first. Of an old log, whose beginning was deleted, not all of them. */
const afterGap = (first: number, below = 0): number => Math.max(below + 1, first - MOST_UNDER_WAY);

const isOlder = (item: LogItem, since: number): boolean => item.kind === 'log-entry' && item.acceptedAt < since;

const comesBy = (endpoint: EndpointRecord, { number, appVersion }: Extract<LogItem, { kind: 'log-entry' }>): boolean =>
  comesThroughLog(endpoint, { order: { key: '', number }, appVersion });
