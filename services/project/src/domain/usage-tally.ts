import type { ApplicationRef } from '@fanfare/core/keys';
import { hourOf } from '@fanfare/events/statistics-record';
import type { Usage } from '@fanfare/events/usage-record';
import { byRow, type Contribution, type Counted } from './counted-once.ts';
import type { AcceptedMessage, RecordedAttempt } from './stream-change.ts';

export type UsageRow = { readonly application: ApplicationRef; readonly hour: string };
/** One row of usage and what a batch adds to it, in the order of the stream. */
export type UsageTally = Counted<UsageRow, keyof Usage>;

/**
 * What messages and attempts add to the usage of applications. A message counts in the hour that it was accepted in, an
 * attempt in the hour that it was made in, so that a batch of one application is one row as a rule.
 */
export const usageTallies = (changes: readonly (AcceptedMessage | RecordedAttempt)[]): UsageTally[] =>
  byRow(changes.map(additionOf), ({ application: { orgId, appId }, hour }) => `${orgId}#${appId}#${hour}`);

const additionOf = (
  change: AcceptedMessage | RecordedAttempt,
): { readonly row: UsageRow; readonly contribution: Contribution<keyof Usage> } => {
  const { orgId, appId } = change.ref;
  const application = { orgId, appId };
  const { sequence } = change;
  return change.kind === 'message'
    ? {
        row: { application, hour: hourOf(change.acceptedAt) },
        contribution: { sequence, messages: 1, bytes: change.bytes },
      }
    : { row: { application, hour: hourOf(change.attempt.attemptedAt) }, contribution: { sequence, attempts: 1 } };
};
