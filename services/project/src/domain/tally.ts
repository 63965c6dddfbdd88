import { idTimeMs } from '@fanfare/core/ids';
import type { EndpointRef } from '@fanfare/core/keys';
import { hourOf, type Statistics } from '@fanfare/events/statistics-record';
import type { RecordedAttempt } from './stream-change.ts';

/** What one record adds to a row. `waiting` may be -1: a next attempt was made. */
export type Contribution = Partial<Statistics> & { readonly sequence: string };

/** One row of the table and what a batch adds to it, in the order of the stream. */
export type Tally = {
  readonly endpoint: EndpointRef;
  readonly hour: string;
  readonly contributions: readonly Contribution[];
};

/**
 * Sorts what attempts add to the counters by row, so that a batch costs one write for each row and not for each attempt.
 * An attempt counts in the hour that it was made in. That a message waits counts in the hour that the message was accepted
 * in: there its next attempt, whenever it is made, takes it away again, and no row ever tells of less than none.
 */
export const tallies = (attempts: readonly RecordedAttempt[]): Tally[] => {
  const rows = new Map<string, { endpoint: EndpointRef; hour: string; contributions: Contribution[] }>();
  for (const { ref, hour, contribution } of attempts.flatMap(contributionsOf)) {
    const { orgId, appId, endpointId } = ref;
    const name = `${orgId}#${appId}#${endpointId}#${hour}`;
    const row = rows.get(name) ?? { endpoint: { orgId, appId, endpointId }, hour, contributions: [] };
    row.contributions.push(contribution);
    rows.set(name, row);
  }
  return [...rows.values()];
};

type Counted = { readonly ref: EndpointRef; readonly hour: string; readonly contribution: Contribution };

const contributionsOf = ({ ref, attempt, sequence }: RecordedAttempt): Counted[] => {
  const made: Counted = {
    ref,
    hour: hourOf(attempt.attemptedAt),
    contribution: { sequence, ...endedAs(attempt) },
  };
  const waiting = waitingAfter(attempt);
  if (waiting === 0) return [made];
  return [made, { ref, hour: hourOf(idTimeMs(ref.messageId)), contribution: { sequence, waiting } }];
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

/** What is left to be counted of a tally when everything up to a sequence number is. */
export const behind = (contributions: readonly Contribution[], counted: string | undefined): readonly Contribution[] =>
  contributions.filter(({ sequence }) => counted === undefined || sequence > counted);

/** What contributions come to, and how far they reach. There must be one at least. */
export const sumOf = (contributions: readonly Contribution[]): Statistics & { first: string; last: string } => {
  const sequences = contributions.map(({ sequence }) => sequence).toSorted();
  const total = (count: keyof Statistics) => contributions.reduce((sum, each) => sum + (each[count] ?? 0), 0);
  return {
    delivered: total('delivered'),
    failed: total('failed'),
    exhausted: total('exhausted'),
    waiting: total('waiting'),
    first: sequences.at(0) ?? '',
    last: sequences.at(-1) ?? '',
  };
};
