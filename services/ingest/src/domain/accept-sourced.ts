import type { Result } from '@fanfare/core/result';
import type { Accepted } from './accept.ts';
import { type AcceptManyPorts, acceptMany, type Entry } from './accept-many.ts';
import { type Reasons, reasonsOfNotAccepted } from './reasons.ts';

/** A record of a source, and what it is to become. */
export type Sourced<R> = { readonly record: R; readonly read: Result<Entry, Reasons> };

export type SourcedOutcome<R> =
  | { readonly kind: 'accepted'; readonly record: R; readonly accepted: Accepted }
  /** Its event id is that of a message that stands: its sender sent it twice. */
  | { readonly kind: 'repeated'; readonly record: R; readonly entry: Entry }
  | { readonly kind: 'rejected'; readonly record: R; readonly reasons: Reasons }
  | { readonly kind: 'failed'; readonly record: R; readonly error: unknown };

/**
 * Accepts what a queue or a stream hands over: what cannot be read, or not be accepted, is told by itself. Throws when
 * something that every record needs fails.
 */
export const acceptSourced = async <R>(
  records: readonly Sourced<R>[],
  ports: AcceptManyPorts,
): Promise<readonly SourcedOutcome<R>[]> => {
  const entries = records.flatMap(({ read }) => (read.ok ? [read.value] : []));
  const outcomes = await acceptMany(entries, ports);
  const next = outcomes.values();
  return records.map(({ record, read }): SourcedOutcome<R> => {
    if (!read.ok) return { kind: 'rejected', record, reasons: read.error };
    const outcome = next.next().value as (typeof outcomes)[number];
    if (outcome.kind !== 'refused') return { record, ...outcome };
    if (outcome.why === 'event-id-taken') return { kind: 'repeated', record, entry: read.value };
    return { kind: 'rejected', record, reasons: reasonsOfNotAccepted(outcome.why) };
  });
};
