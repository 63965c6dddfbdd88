import { formatDestination, isDestination, parseDestination } from '@fanfare/core/destinations/destination';
import { externalIdOf } from '@fanfare/core/destinations/external-id';
import { type DestinationRules, unreachableReason } from '@fanfare/core/destinations/reachable';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';

/**
 * Settings whose URL is one that the application may be delivered to. A destination of AWS that is reached through a role
 * gets the application's external id, so that its owner reads it where the role stands; one that was sent along must be
 * that very id. URLs of other kinds are left as they are.
 */
export const settled = <T extends { readonly url?: string | undefined }>(
  settings: T,
  application: ApplicationRef,
  rules: DestinationRules,
): Result<T, Refusal> => {
  if (settings.url === undefined || !isDestination(settings.url)) return ok(settings);
  const parsed = parseDestination(settings.url);
  if (!parsed.ok) return refused(parsed.error);
  const unreachable = unreachableReason(parsed.value, rules);
  if (unreachable !== undefined) return refused(unreachable);
  const { role, externalId: given } = parsed.value;
  if (role === undefined) return ok(settings);
  const externalId = externalIdOf(application);
  if (given !== undefined && given !== externalId) {
    return refused(`must have no externalId but ${externalId}, which is this application's`);
  }
  return ok({ ...settings, url: formatDestination({ ...parsed.value, externalId }) });
};

const refused = (msg: string): Result<never, Refusal> =>
  err({ kind: 'invalid', problems: [{ loc: ['body', 'url'], msg, type: 'value_error' }] });
