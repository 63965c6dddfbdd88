import { attemptIndexKey, attemptKey } from '@fanfare/core/keys';
import { unreachable } from '@fanfare/core/unreachable';
import type { AttemptRecord, AttemptOutcome as RecordedOutcome } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { labelsOf } from '@fanfare/events/labels';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { itemBytes, WRITE_UNIT_BYTES } from './item-size.ts';
import { type AttemptOutcome, GONE, type NextStep } from './next-step.ts';

/** What is kept of the answer to an attempt that failed: it is what its owner has to go by. */
export const KEPT_FAILURE_BYTES = 2048;

/** One attempt, ended. Times are in milliseconds since 1970. */
export type EndedAttempt = {
  readonly id: string;
  readonly task: DeliveryTask;
  /** As it was read for the attempt; absent when it is gone. */
  readonly endpoint: EndpointRecord | undefined;
  readonly attemptedAt: number;
  readonly endedAt: number;
  readonly outcome: AttemptOutcome;
  readonly step: NextStep;
};

/** The attempt as its table item, keys included. */
export const attemptItem = (ref: DeliveryTask, record: AttemptRecord) => ({
  ...attemptKey(ref),
  ...attemptIndexKey(ref, record.id),
  ...record,
});

/** The record of an attempt. Of a success's answer so much is kept as fits into the write unit that is paid for anyway. */
export const attemptRecordOf = (attempt: EndedAttempt): AttemptRecord => {
  const { task, outcome, step } = attempt;
  const succeeded = step.kind === 'delivered';
  const record: AttemptRecord = {
    kind: 'attempt',
    id: attempt.id,
    attempt: task.attempt,
    trigger: task.trigger,
    succeeded,
    outcome: RECORDED[outcome.kind],
    responseStatusCode: outcome.kind === 'answered' ? outcome.status : 0,
    response: '',
    responseDurationMs: attempt.endedAt - attempt.attemptedAt,
    ...(outcome.kind === 'answered' && outcome.asks !== undefined ? { receiverAsks: outcome.asks } : {}),
    ...asOf(attempt),
    url: withoutCredentials(attempt.endpoint?.url ?? ''),
    ...labelsOf(task),
    attemptedAt: attempt.attemptedAt,
    ...following(attempt),
    expiresAt: Math.floor(task.acceptedAt / 1000) + RETENTION_SECONDS,
  };
  const room = succeeded ? WRITE_UNIT_BYTES - itemBytes(attemptItem(task, record)) : KEPT_FAILURE_BYTES;
  return { ...record, response: cutText(responseText(outcome), Math.max(0, room)) };
};

const RECORDED: Record<AttemptOutcome['kind'], RecordedOutcome> = {
  answered: 'answered',
  'timed-out': 'timed-out',
  unreachable: 'unreachable',
  blocked: 'refused',
  refused: 'refused',
};

/** Only where it is needed: it takes room of the write unit that a success has for its answer. */
const asOf = ({ outcome, endpoint }: EndedAttempt): Pick<AttemptRecord, 'endpointAsOf'> =>
  endpoint !== undefined && outcome.kind === 'answered' && (outcome.status === GONE || outcome.asks === 'disable')
    ? { endpointAsOf: endpoint.updatedAt }
    : {};

const following = ({ task, step, endedAt }: EndedAttempt): Pick<AttemptRecord, 'nextAttemptAt' | 'recordedBy'> =>
  step.kind !== 'retry'
    ? {}
    : {
        nextAttemptAt: endedAt + step.delaySeconds * 1000,
        ...(task.copyId === undefined ? {} : { recordedBy: task.copyId }),
      };

const responseText = (outcome: AttemptOutcome): string => {
  switch (outcome.kind) {
    case 'answered':
      return new TextDecoder().decode(outcome.body);
    case 'timed-out':
      return 'no complete answer in time';
    case 'unreachable':
    case 'refused':
      return outcome.reason;
    case 'blocked':
      return outcome.reason ?? 'the address is not allowed';
    default:
      return unreachable(outcome);
  }
};

/** At most `limitBytes` of UTF-8, cut between characters. */
export const cutText = (text: string, limitBytes: number): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= limitBytes) return text;
  let end = limitBytes;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
};

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** A URL may carry a user and a password. The record of an attempt is shown, so it must not. */
export const withoutCredentials = (url: string): string => url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1');
