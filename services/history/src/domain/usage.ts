import { concurrently } from '@fanfare/core/concurrently';
import type { FindApplication } from '@fanfare/core/find-application';
import { ANSWER_LIMIT_BYTES, type Refusal } from '@fanfare/core/http/answer';
import { type ApplicationRef, type UsageRef, usageDayOf } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { Usage } from '@fanfare/events/usage-record';
import type { Hours } from './history.ts';
import type { UsageQuery } from './usage-query.ts';

/** What was counted of an application's hour, or a part of that. */
export type CountedUsage = UsageRef & Usage;

/** What reading usage needs from the outside. */
export type UsagePorts = {
  readonly findApplication: FindApplication;
  /**
   * What was counted on a day (`2026-11-25`) of these applications of an organisation, or of all of it. `too-much` when that is
   * more rows than `mostRows`. What happened a moment ago may be missing.
   */
  readonly usageOfDay: (of: UsageOwner, day: string, mostRows: number) => Promise<readonly CountedUsage[] | 'too-much'>;
  /** Uids by application id, of those that exist and have one. */
  readonly uidsOf: (applications: readonly ApplicationRef[]) => Promise<ReadonlyMap<string, string>>;
  readonly now: () => number;
  readonly mintTaskId: (atMs: number) => string;
};

export type UsageOwner = { readonly orgId: string; readonly appIds?: readonly string[] };

/** What one call reads at most: some seven megabytes, which take the function a few seconds. */
export const MOST_ROWS = 25_000;

/** The usage of applications as the API answers it: a background task, which here has ended before it is told of. */
export type UsageTask = {
  readonly id: string;
  readonly status: 'finished';
  readonly task: 'application.stats';
  readonly updatedAt: string;
  readonly unresolvedAppIds: readonly string[];
  readonly data: { readonly appStats: readonly ApplicationUsage[] };
};

export type ApplicationUsage = {
  readonly appId: string;
  readonly appUid: string | null;
  /** Attempts, by the API's name for them. */
  readonly messageDestinations: number;
  /** Not in the Svix API, as what follows. */
  readonly messages: number;
  readonly bytes: number;
};

/** What applications used between two hours: those that are named, or all that used anything, deleted ones included. */
export const usageOfApplications = async (
  orgId: string,
  { hours, applications }: UsageQuery,
  ports: UsagePorts,
): Promise<Result<UsageTask, Refusal>> => {
  const named = applications && (await resolve(orgId, applications, ports));
  if (named !== undefined && applications?.length !== 0 && named.appIds.length === 0) return NONE_RESOLVED;
  const sums = await sumsOf({ orgId, ...(named && { appIds: named.appIds }) }, hours, ({ appId }) => appId, ports);
  if (!sums.ok) return sums;
  const appIds = named?.appIds ?? [...sums.value.keys()].toSorted();
  const uids = await ports.uidsOf(appIds.map((appId) => ({ orgId, appId })));
  const appStats = appIds.map((appId) => {
    const { attempts, messages, bytes } = sums.value.get(appId) ?? NOTHING;
    return { appId, appUid: uids.get(appId) ?? null, messageDestinations: attempts, messages, bytes };
  });
  if (JSON.stringify(appStats).length > ANSWER_LIMIT_BYTES) return TOO_MUCH;
  const nowMs = ports.now();
  return ok({
    ...{ id: ports.mintTaskId(nowMs), status: 'finished', task: 'application.stats' },
    updatedAt: new Date(nowMs).toISOString(),
    unresolvedAppIds: named?.unresolved ?? [],
    data: { appStats },
  });
};

/** What one application used, hour by hour; an hour without anything is left out. */
export const usageByHour = async (
  { orgId, appId }: ApplicationRef,
  hours: Hours,
  ports: Pick<UsagePorts, 'usageOfDay'>,
): Promise<Result<readonly (Usage & { readonly hour: string })[], Refusal>> => {
  const sums = await sumsOf({ orgId, appIds: [appId] }, hours, ({ hour }) => hour, ports);
  if (!sums.ok) return sums;
  const ordered = [...sums.value].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return ok(ordered.map(([hour, counted]) => ({ hour: `${hour}:00:00.000Z`, ...counted })));
};

const LOOKUPS_AT_ONCE = 10;

const resolve = async (orgId: string, names: readonly string[], { findApplication }: UsagePorts) => {
  const found = await concurrently(LOOKUPS_AT_ONCE, names, (name) => findApplication(orgId, name));
  return {
    appIds: [...new Set(found.flatMap((each) => (each === undefined ? [] : [each.appId])))],
    unresolved: names.filter((_, index) => found[index] === undefined),
  };
};

const NOTHING: Usage = { messages: 0, bytes: 0, attempts: 0 };

const sumsOf = async (
  owner: UsageOwner,
  { from, to }: Hours,
  groupOf: (row: CountedUsage) => string,
  { usageOfDay }: Pick<UsagePorts, 'usageOfDay'>,
): Promise<Result<ReadonlyMap<string, Usage>, Refusal>> => {
  const sums = new Map<string, Usage>();
  let left = MOST_ROWS;
  for (const day of daysOf({ from, to })) {
    const rows = await usageOfDay(owner, day, left);
    if (rows === 'too-much') return TOO_MUCH;
    left -= rows.length;
    for (const row of rows.filter(({ hour }) => hour >= from && hour <= to)) {
      const { messages, bytes, attempts } = sums.get(groupOf(row)) ?? NOTHING;
      sums.set(groupOf(row), {
        messages: messages + row.messages,
        bytes: bytes + row.bytes,
        attempts: attempts + row.attempts,
      });
    }
  }
  return ok(sums);
};

const DAY_MS = 24 * 60 * 60 * 1000;

const daysOf = ({ from, to }: Hours): string[] => {
  const days: string[] = [];
  for (let at = Date.parse(usageDayOf(from)); at <= Date.parse(usageDayOf(to)); at += DAY_MS) {
    days.push(usageDayOf(new Date(at).toISOString()));
  }
  return days;
};

const TOO_MUCH = err({
  kind: 'limit-reached',
  detail: 'That is more than one answer can hold: ask for a shorter time, or for fewer applications.',
} as const);

const NONE_RESOLVED = err({
  kind: 'invalid',
  problems: [{ loc: ['body', 'appIds'], msg: 'none of these applications exists', type: 'value_error' }],
} as const);
