/** What a runner proves, in numbers, and what a person has to know about the rest. */
export type RunnerResult = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly milliseconds: number;
  /** What failed, each with its reason. */
  readonly failures: readonly Mention[];
  /** What was left out, each with its reason. */
  readonly skips: readonly Mention[];
};

export type Mention = { readonly what: string; readonly reason: string };

/** A runner that proved nothing, and why. */
export const failedRunner = (name: string, reason: string): Outcome => ({
  ...emptyOutcome,
  failed: 1,
  failures: [{ what: name, reason }],
});

/** A runner that cannot run on this machine, and why. */
export const skippedRunner = (what: string, reason: string): Outcome => ({
  ...emptyOutcome,
  skipped: 1,
  skips: [{ what, reason }],
});

/** A result before it has a name and a time. */
export type Outcome = Omit<RunnerResult, 'name' | 'milliseconds'>;

export const emptyOutcome: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };

/** Two outcomes as one. */
export const add = (one: Outcome, other: Outcome): Outcome => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
  failures: [...one.failures, ...other.failures],
  skips: [...one.skips, ...other.skips],
});
