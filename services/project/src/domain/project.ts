import { concurrently } from '@fanfare/core/concurrently';
import { unreachable } from '@fanfare/core/unreachable';
import type { DomainEvent } from '@fanfare/events/domain-event';
import type { Statistics } from '@fanfare/events/statistics-record';
import type { Usage } from '@fanfare/events/usage-record';
import { attemptEvents } from './attempt-events.ts';
import type { CountOnce } from './counted-once.ts';
import { endpointEvents } from './endpoint-events.ts';
import { type Announced, nameEvents, type ReadNames } from './name-events.ts';
import type { StreamChange } from './stream-change.ts';
import { type StatisticsRow, tallies } from './tally.ts';
import { taskEvents } from './task-events.ts';
import { type UsageRow, usageTallies } from './usage-tally.ts';

/** What this use case needs from the outside. */
export type ProjectPorts = {
  readonly readNames: ReadNames;
  /** Resolves when every one was taken. May publish some of them and throw. */
  readonly publish: (events: readonly DomainEvent[]) => Promise<void>;
  readonly countStatistics: CountOnce<StatisticsRow, keyof Statistics>;
  readonly countUsage: CountOnce<UsageRow, keyof Usage>;
};

export type Projected = {
  readonly events: readonly DomainEvent[];
  /** Rows of counters that were written, and those that had it all. */
  readonly rows: number;
  readonly rowsCountedBefore: number;
};

const ROWS_AT_ONCE = 10;

/**
 * Announces and counts what a batch of one shard tells. Throws when a dependency fails; a repeat, of all or of a half, then
 * publishes events again under their ids and counts only what was not counted.
 */
export const project = async (
  changes: readonly StreamChange[],
  shard: string,
  { readNames, publish, countStatistics, countUsage }: ProjectPorts,
): Promise<Projected> => {
  const events = await nameEvents(changes.flatMap(announced), readNames);
  await publish(events);
  const attempts = changes.filter((change) => change.kind === 'attempt');
  const used = changes.filter((change) => change.kind === 'message' || change.kind === 'attempt');
  const writes = [
    ...tallies(attempts).map((tally) => () => countStatistics(tally, shard)),
    ...usageTallies(used).map((tally) => () => countUsage(tally, shard)),
  ];
  const outcomes = await concurrently(ROWS_AT_ONCE, writes, (write) => write());
  const rows = outcomes.filter((outcome) => outcome === 'counted').length;
  return { events, rows, rowsCountedBefore: outcomes.length - rows };
};

const announced = (change: StreamChange): readonly Announced[] => {
  switch (change.kind) {
    case 'attempt':
      return attemptEvents(change);
    case 'endpoint':
      return endpointEvents(change);
    case 'message':
      return [];
    case 'background-task':
      return taskEvents(change);
    default:
      return unreachable(change);
  }
};
