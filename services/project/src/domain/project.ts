import { concurrently } from '@fanfare/core/concurrently';
import { unreachable } from '@fanfare/core/unreachable';
import type { DomainEvent } from '@fanfare/events/domain-event';
import { attemptEvents } from './attempt-events.ts';
import { endpointEvents } from './endpoint-events.ts';
import { type Announced, nameEvents, type ReadNames } from './name-events.ts';
import type { StreamChange } from './stream-change.ts';
import { type Tally, tallies } from './tally.ts';
import { taskEvents } from './task-events.ts';

/** What this use case needs from the outside. */
export type ProjectPorts = {
  readonly readNames: ReadNames;
  /** Resolves when every one was taken. May publish some of them and throw. */
  readonly publish: (events: readonly DomainEvent[]) => Promise<void>;
  /** Adds what was not added before, and nothing twice, as long as the records of a shard come in their order. */
  readonly count: (tally: Tally, shard: string) => Promise<'counted' | 'counted-before'>;
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
  { readNames, publish, count }: ProjectPorts,
): Promise<Projected> => {
  const announced = changes.flatMap(eventsOf);
  const events = await nameEvents(announced, readNames);
  await publish(events);
  const attempts = changes.filter((change) => change.kind === 'attempt');
  const outcomes = await concurrently(ROWS_AT_ONCE, tallies(attempts), (tally) => count(tally, shard));
  const rows = outcomes.filter((outcome) => outcome === 'counted').length;
  return { events, rows, rowsCountedBefore: outcomes.length - rows };
};

const eventsOf = (change: StreamChange): Announced[] => {
  switch (change.kind) {
    case 'attempt':
      return attemptEvents(change);
    case 'endpoint':
      return endpointEvents(change);
    case 'background-task':
      return taskEvents(change);
    default:
      return unreachable(change);
  }
};
