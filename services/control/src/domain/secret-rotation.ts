import { err, ok, type Result } from '@fanfare/core/result';
import type { EndpointSecret } from '@fanfare/events/endpoint-record';

/** Old secrets that may sign beside the current one: each of them makes every request's signature longer. */
export const MAX_OLD_SECRETS = 10;

/**
 * Puts a new secret first. The one that was current signs too for `graceSeconds` more, older ones until they expire;
 * those that have expired are dropped.
 */
export const rotated = (
  secrets: readonly EndpointSecret[],
  next: EndpointSecret,
  graceSeconds: number,
  nowSeconds: number,
): Result<EndpointSecret[], 'too-many-secrets'> => {
  const [current, ...old] = secrets;
  const live = old.filter(({ expiresAt }) => expiresAt !== undefined && expiresAt > nowSeconds);
  const retired =
    current === undefined || graceSeconds === 0 ? [] : [{ ...current, expiresAt: nowSeconds + graceSeconds }];
  // One that retires at once takes no place: whoever has lost a secret can always put another in its place.
  if (live.length + retired.length > MAX_OLD_SECRETS) return err('too-many-secrets');
  return ok([next, ...retired, ...live]);
};
