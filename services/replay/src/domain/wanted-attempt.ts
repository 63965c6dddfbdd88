import type { ReplayTask } from '@fanfare/events/replay-task';

/** What is read of an attempt of a message at the endpoint. */
export type AttemptFacts = {
  readonly id: string;
  readonly attempt: number;
  /** Of one that was made by hand, or by a replay: the copy of its task. Absent for an automatic one. */
  readonly copyId?: string | undefined;
  readonly succeeded: boolean;
  readonly responseStatusCode: number;
  /** Milliseconds since 1970. */
  readonly attemptedAt: number;
  readonly nextAttemptAt?: number | undefined;
};

/**
 * The attempt that a replay asks for. `scheduled`: an automatic one, by its number. `manual`: one under the task's own name.
 * Either has a key that follows from the task, so that asking twice is asking once.
 */
export type WantedAttempt = { readonly trigger: 'scheduled' | 'manual'; readonly attempt: number };

const FAILED = 2;
const SUCCEEDED = 0;
const SENDING = 3;

/** The attempt with which a message that failed is recovered; `undefined` for one that has succeeded, or never failed. */
export const recovering = (task: ReplayTask, attempts: readonly AttemptFacts[]): WantedAttempt | undefined => {
  const others = withoutOwn(task, attempts);
  if (others.length === 0 || others.some(({ succeeded }) => succeeded)) return undefined;
  return again(task, others);
};

/** The first attempt of a message that was never sent. It is an automatic one, and so are those that follow it. */
export const missingAt = (attempts: readonly AttemptFacts[]): WantedAttempt | undefined =>
  attempts.length === 0 ? { trigger: 'scheduled', attempt: 1 } : undefined;

/** One more attempt of a message that was sent and whose delivery stands as the filter says. */
export const repeating = (task: ReplayTask, attempts: readonly AttemptFacts[]): WantedAttempt | undefined => {
  const others = withoutOwn(task, attempts);
  const last = lastOf(others);
  if (last === undefined) return undefined;
  const { status, statusCodeClass } = task.filter ?? {};
  if (status !== undefined && status !== statusOf(last)) return undefined;
  if (statusCodeClass !== undefined && statusCodeClass !== classOf(last)) return undefined;
  return again(task, others);
};

/**
 * An automatic attempt that is to come is brought forward, by its own number: the one that waits finds it made, and is dropped.
 * So nothing is sent twice, and what fails again goes on with its schedule. Where none is to come, the replay's own attempt is
 * made. What was attempted automatically since the task was begun has been sent again.
 */
const again = (task: ReplayTask, others: readonly AttemptFacts[]): WantedAttempt | undefined => {
  const last = others.filter(isAutomatic).toSorted(byNumber).at(-1);
  if (last !== undefined && last.attemptedAt >= task.createdAt) return undefined;
  return last?.nextAttemptAt === undefined
    ? { trigger: 'manual', attempt: 1 }
    : { trigger: 'scheduled', attempt: last.attempt + 1 };
};

/** Its own attempts say nothing: a step that is taken again decides as it did the first time. */
const withoutOwn = ({ id }: ReplayTask, attempts: readonly AttemptFacts[]): readonly AttemptFacts[] =>
  attempts.filter(({ copyId }) => copyId !== id);

/** How a delivery stands is what its automatic attempts say; those by hand where there are no others. */
const lastOf = (attempts: readonly AttemptFacts[]): AttemptFacts | undefined =>
  attempts.filter(isAutomatic).toSorted(byNumber).at(-1) ??
  attempts.toSorted((one, other) => (one.id < other.id ? -1 : 1)).at(-1);

const isAutomatic = ({ copyId }: AttemptFacts): boolean => copyId === undefined;
const byNumber = (one: AttemptFacts, other: AttemptFacts): number => one.attempt - other.attempt;

const statusOf = ({ succeeded, nextAttemptAt }: AttemptFacts): number => {
  if (succeeded) return SUCCEEDED;
  return nextAttemptAt === undefined ? FAILED : SENDING;
};

const classOf = ({ responseStatusCode }: AttemptFacts): number => Math.floor(responseStatusCode / 100) * 100;
