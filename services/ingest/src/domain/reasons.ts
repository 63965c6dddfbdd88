import type { Problem, Refusal } from '@fanfare/core/http/answer';
import type { RejectedRecord } from '@fanfare/events/rejected-record';
import type { NotAccepted } from './accept.ts';
import { NOT_ACCEPTED } from './not-accepted.ts';

export type Reasons = RejectedRecord['reasons'];

export const reason = (msg: string, ...loc: readonly string[]): Reasons => [{ loc: [...loc], msg }];

/** Why something could not be read. A parser's own words are left out: they quote what it read. */
export const reasonsOf = (why: Refusal): Reasons => {
  if (why.kind === 'invalid') return why.problems.map(reasonOf);
  if (why.kind === 'too-large')
    return [{ loc: [...(why.loc ?? ['body'])], msg: `is larger than ${why.limitBytes} bytes` }];
  return reason('detail' in why ? why.detail : why.kind);
};

const reasonOf = ({ loc, msg, type }: Problem): Reasons[number] => ({
  loc: [...loc],
  msg: type === 'value_error.jsondecode' ? 'is not JSON' : msg,
});

/** Why something that could be read was not accepted. */
export const reasonsOfNotAccepted = (why: NotAccepted): Reasons =>
  why === 'application-not-found'
    ? reason('There is no such application.', 'application')
    : reasonsOf(NOT_ACCEPTED[why]);
