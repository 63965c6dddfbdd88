/** SQS's longest delay of a message. Source: Amazon SQS Developer Guide, "Amazon SQS message quotas". */
export const LONGEST_DELAY_SECONDS = 900;

export type WaitingPlace =
  | { readonly kind: 'lane'; readonly delaySeconds: number }
  /** Among what is due later, from where the sweep takes it. */
  | { readonly kind: 'due-store' };

/** Where a task waits for its next attempt: in its lane, as long as a queue can hold it back. */
export const waitingPlace = (dueAt: number, nowMs: number): WaitingPlace => {
  const delaySeconds = secondsUntil(dueAt, nowMs);
  return delaySeconds > LONGEST_DELAY_SECONDS ? { kind: 'due-store' } : { kind: 'lane', delaySeconds };
};

/** Whole seconds, never too early; 0 for what is due already. */
export const secondsUntil = (dueAt: number, nowMs: number): number => Math.max(0, Math.ceil((dueAt - nowMs) / 1000));
