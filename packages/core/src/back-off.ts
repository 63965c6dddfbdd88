/** How a repeated call waits: full jitter between zero and a ceiling that doubles. */
export type BackOff = { readonly attempts: number; readonly baseMs: number; readonly capMs: number };

/** Milliseconds to wait before repeat number `repeat` (1-based). `jitter` is in [0, 1). */
export const backOffMs = (repeat: number, policy: BackOff, jitter: number): number =>
  Math.floor(jitter * Math.min(policy.capMs, policy.baseMs * 2 ** (repeat - 1)));
