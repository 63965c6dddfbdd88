import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { label, messageTag, time } from '@fanfare/core/http/field';
import { err, ok, type Result } from '@fanfare/core/result';
import type { ReplayFilter, ReplayKind } from '@fanfare/events/replay-task';
import * as z from 'zod/mini';

/** What a caller asks for. Times are milliseconds since 1970. */
export type ReplayOrder = {
  readonly task: ReplayKind;
  readonly since: number;
  /** Absent: until now. */
  readonly until?: number;
  readonly filter?: ReplayFilter;
  readonly dryRun: boolean;
};

const DAY_MS = 86_400_000;
/** As the API has it, with five minutes for clocks that differ. */
const LONGEST_RECOVERY_MS = 14 * DAY_MS + 5 * 60_000;

/** As many as an endpoint may ask for. They stand in the task's item, which each step reads: 128 KB at the most. */
const MAX_EVENT_TYPES = 500;
const STATUSES = [0, 1, 2, 3, 4];
const CODE_CLASSES = [0, 100, 200, 300, 400, 500];

const oneOf = (values: readonly number[]) =>
  z.number().check(z.refine((value) => values.includes(value), `must be one of ${values.join(', ')}`));

const rangeFields = {
  since: time,
  until: z.optional(z.nullable(time)),
  dryRun: z.optional(z.nullable(z.boolean())),
};
const eventTypes = z.pipe(
  z
    .array(label)
    .check(
      z.minLength(1, 'must name one event type, or be null'),
      z.maxLength(MAX_EVENT_TYPES, `must be at most ${MAX_EVENT_TYPES}`),
    ),
  z.transform((given) => [...new Set(given)]),
);
// Strict, as no other body is: a filter with a slip in its name would select everything, and nothing takes back what was sent.
const range = z.strictObject(rangeFields);
const filtered = z.strictObject({
  ...rangeFields,
  eventTypes: z.optional(z.nullable(eventTypes)),
  channel: z.optional(z.nullable(label)),
  tag: z.optional(z.nullable(messageTag)),
  status: z.optional(z.nullable(oneOf(STATUSES))),
  statusCodeClass: z.optional(z.nullable(oneOf(CODE_CLASSES))),
});

type Range = z.infer<typeof range>;

/** Reads the body of `recover`: at most fourteen days, as the API has it. */
export const readRecovery = (body: string, nowMs: number): Result<ReplayOrder, Refusal> => {
  const order = readRange(body, 'endpoint.recover', nowMs);
  if (!order.ok) return order;
  const { since, until = nowMs } = order.value;
  return until - since > LONGEST_RECOVERY_MS ? sinceIs('must be at most 14 days before until') : order;
};

/** Reads the body of `replay-missing`. */
export const readReplayOfMissing = (body: string, nowMs: number): Result<ReplayOrder, Refusal> =>
  readRange(body, 'endpoint.replay', nowMs);

/** Reads the body of `bulk-replay`. */
export const readBulkReplay = (body: string, nowMs: number): Result<ReplayOrder, Refusal> => {
  const given = parseBody(body, filtered);
  if (!given.ok) return given;
  const { eventTypes, channel, tag, status, statusCodeClass } = given.value;
  const order = orderOf('endpoint.bulk-replay', given.value, nowMs);
  if (!order.ok) return order;
  const filter = {
    ...(eventTypes ? { eventTypes } : {}),
    ...(channel ? { channel } : {}),
    ...(tag ? { tag } : {}),
    ...(status === undefined || status === null ? {} : { status }),
    ...(statusCodeClass === undefined || statusCodeClass === null ? {} : { statusCodeClass }),
  };
  return ok(Object.keys(filter).length === 0 ? order.value : { ...order.value, filter });
};

const readRange = (body: string, task: ReplayKind, nowMs: number): Result<ReplayOrder, Refusal> => {
  const given = parseBody(body, range);
  return given.ok ? orderOf(task, given.value, nowMs) : given;
};

const orderOf = (task: ReplayKind, { since, until, dryRun }: Range, nowMs: number): Result<ReplayOrder, Refusal> => {
  if (until == null) {
    return since < nowMs ? ok({ task, since, dryRun: dryRun === true }) : sinceIs('must not be in the future');
  }
  return since < until ? ok({ task, since, until, dryRun: dryRun === true }) : sinceIs('must be before until');
};

const sinceIs = (msg: string): Result<never, Refusal> =>
  err({ kind: 'invalid', problems: [{ loc: ['body', 'since'], msg, type: 'value_error' }] });
