import { type Accounted, type AccountPorts, accountFor, type FoundMessage } from './account-for.ts';
import { type Position, type Slice, START, sliceAfter, type WalkPorts, walk } from './walk.ts';

/** How far the reconciler has come. Everything before `fromMs` is accounted for, or will be looked at again. */
export type Cursor = {
  readonly fromMs: number;
  /** A slice that is under way, and how far. */
  readonly toMs?: number | undefined;
  readonly position?: Position | undefined;
  /** Counts the writes: of two runs at once, one goes on. */
  readonly revision: number;
};

export type Recheck = {
  readonly ref: FoundMessage['ref'];
  readonly atMs: number;
  /** How often something was missing of the message already. */
  readonly timesMissing: number;
  /** Epoch seconds. */
  readonly expiresAt: number;
};

export type ReconcilePorts = AccountPorts &
  WalkPorts & {
    readonly readCursor: () => Promise<Cursor | undefined>;
    /** Replaces the cursor of the revision before. Answers whether it was still that one. */
    readonly saveCursor: (cursor: Cursor) => Promise<boolean>;
    /** Has messages looked at again. A second recheck of one message at one time is the same one. */
    readonly recheck: (rechecks: readonly Recheck[]) => Promise<void>;
    /** Tasks that wait in the lanes for somebody to take them. */
    readonly waitingTasks: () => Promise<number>;
    /** Whether so little time is left that another page should not be begun. */
    readonly isTimeUp: () => boolean;
  };

export type ReconcileSettings = {
  /** How old a message is before it is looked at. */
  readonly afterMs: number;
  /** How long after its time a next attempt that was not made counts as lost. */
  readonly overdueMs: number;
};

export type Reconciled = {
  readonly kind: 'done' | 'out-of-time' | 'overtaken' | 'lanes-are-full';
  readonly messages: number;
  /** Deliveries that nothing stood for. */
  readonly unaccounted: number;
  readonly undecided: number;
  /** How far behind the present everything is accounted for. */
  readonly lagSeconds: number;
};

/** With more tasks than this before it, a delivery that nothing stands for yet most likely waits its turn. */
export const MOST_WAITING = 1_000;

/** Where the first run of all begins. */
const FIRST_LOOK_BACK_MS = 3_600_000;

const LONGEST_RECHECK_MS = 24 * 3_600_000;

/**
 * Accounts for every message that is old enough, in the order of time, and publishes what is missing of it. Runs that
 * overlap, repeat or end half way do no harm: the cursor moves after the work, and the work can be done twice.
 */
export const reconcile = async (
  settings: ReconcileSettings,
  ports: ReconcilePorts,
  onAccounted: (accounted: Accounted) => void,
): Promise<Reconciled> => {
  const counts = { messages: 0, unaccounted: 0, undecided: 0 };
  const startedAt = ports.now();
  const untilMs = startedAt - settings.afterMs;
  let cursor = (await ports.readCursor()) ?? { fromMs: untilMs - FIRST_LOOK_BACK_MS, revision: 0 };
  const ended = (kind: Reconciled['kind']): Reconciled => ({
    kind,
    ...counts,
    lagSeconds: Math.round((startedAt - cursor.fromMs) / 1000),
  });
  if ((await ports.waitingTasks()) > MOST_WAITING) return ended('lanes-are-full');

  for (;;) {
    const slice = sliceOf(cursor, untilMs);
    if (slice === undefined) return ended('done');
    for await (const { found, position } of walk(slice, cursor.position ?? START, ports)) {
      const accounted = await accountFor(found, { ...settings, undecided: 'leave' }, ports);
      await ports.recheck(accounted.flatMap((one) => recheckOf(one, slice, settings, ports.now())));
      for (const one of accounted) {
        counts.messages += 1;
        counts.unaccounted += one.published.length;
        counts.undecided += one.undecided.length;
        onAccounted(one);
      }
      if (!ports.isTimeUp()) continue;
      const reached = { fromMs: cursor.fromMs, toMs: slice.toMs, position, revision: cursor.revision + 1 };
      return ended((await ports.saveCursor(reached)) ? 'out-of-time' : 'overtaken');
    }
    const next = { fromMs: slice.toMs, revision: cursor.revision + 1 };
    if (!(await ports.saveCursor(next))) return ended('overtaken');
    cursor = next;
    if (ports.isTimeUp()) return ended('out-of-time');
  }
};

const sliceOf = ({ fromMs, toMs }: Cursor, untilMs: number): Slice | undefined =>
  toMs === undefined ? sliceAfter(fromMs, untilMs) : { fromMs, toMs };

/**
 * A message of which something was missing, or is still to come, is looked at again: never in a slice that is being walked
 * through, and each time later when it does not help.
 */
const recheckOf = (
  { ref, message, published, pendingUntil, timesMissing = 0 }: Accounted,
  slice: Slice,
  { afterMs, overdueMs }: ReconcileSettings,
  nowMs: number,
): Recheck[] => {
  const missing = published.length > 0;
  const due = [
    ...(missing ? [nowMs + Math.min(overdueMs * 2 ** timesMissing, LONGEST_RECHECK_MS)] : []),
    ...(pendingUntil === undefined ? [] : [pendingUntil]),
  ];
  if (due.length === 0) return [];
  const atMs = Math.max(slice.toMs, Math.min(...due) - afterMs);
  return [{ ref, atMs, timesMissing: timesMissing + (missing ? 1 : 0), expiresAt: message.expiresAt }];
};
