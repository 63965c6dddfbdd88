import { idTimeMs } from '@fanfare/core/ids';
import type { EndpointRef } from '@fanfare/core/keys';
import { hourOf, type Statistics } from '@fanfare/events/statistics-record';
import { byRow, type Contribution, type Counted } from './counted-once.ts';
import type { RecordedAttempt } from './stream-change.ts';

export type StatisticsRow = { readonly endpoint: EndpointRef; readonly hour: string };
/** One row of statistics and what a batch adds to it, in the order of the stream. `waiting` may be -1: a next attempt was made. */
export type Tally = Counted<StatisticsRow, keyof Statistics>;

/**
 * What attempts add to the statistics of endpoints. An attempt counts in the hour that it was made in. That a message waits
 * counts in the hour that the message was accepted in: there its next attempt, whenever it is made, takes it away again, and no
 * row ever tells of less than none.
 */
export const tallies = (attempts: readonly RecordedAttempt[]): Tally[] =>
  byRow(
    attempts.flatMap(additionsOf),
    ({ endpoint: { orgId, appId, endpointId }, hour }) => `${orgId}#${appId}#${endpointId}#${hour}`,
  );

type Addition = { readonly row: StatisticsRow; readonly contribution: Contribution<keyof Statistics> };

const additionsOf = ({ ref, attempt, sequence }: RecordedAttempt): Addition[] => {
  const { orgId, appId, endpointId, messageId } = ref;
  const rowAt = (atMs: number): StatisticsRow => ({ endpoint: { orgId, appId, endpointId }, hour: hourOf(atMs) });
  const made = { row: rowAt(attempt.attemptedAt), contribution: { sequence, ...endedAs(attempt) } };
  const waiting = waitingAfter(attempt);
  return waiting === 0 ? [made] : [made, { row: rowAt(idTimeMs(messageId)), contribution: { sequence, waiting } }];
};

const endedAs = ({ succeeded, trigger, nextAttemptAt }: RecordedAttempt['attempt']): Partial<Statistics> => {
  if (succeeded) return { delivered: 1 };
  return trigger === 'scheduled' && nextAttemptAt === undefined ? { failed: 1, exhausted: 1 } : { failed: 1 };
};

/** Each automatic attempt but the first was waited for. */
const waitingAfter = ({ attempt, trigger, nextAttemptAt }: RecordedAttempt['attempt']): number => {
  if (trigger === 'manual') return 0;
  return (nextAttemptAt === undefined ? 0 : 1) - (attempt > 1 ? 1 : 0);
};
