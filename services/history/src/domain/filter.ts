import { STATUS, type StatusText } from './attempt-json.ts';
import type { Filter } from './list-query.ts';

/** Both bounds are exclusive. */
export const timeMatches = ({ beforeMs, afterMs }: Filter, atMs: number): boolean =>
  (beforeMs === undefined || atMs < beforeMs) && (afterMs === undefined || atMs > afterMs);

export const statusMatches = ({ status }: Filter, text: StatusText): boolean =>
  status === undefined || status === STATUS[text];

/** 404 is of class 400; what had no HTTP answer is of class 0. */
export const codeClassMatches = ({ statusCodeClass }: Filter, code: number): boolean =>
  statusCodeClass === undefined || Math.floor(code / 100) * 100 === statusCodeClass;

/** Whether anything is left out by what the item says; bounds of time are also bounds of the ids that are read. */
export const leavesOut = ({ eventTypes, channel, tag, status, statusCodeClass }: Filter): boolean =>
  [eventTypes, channel, tag, status, statusCodeClass].some((given) => given !== undefined);
