import type { Principal } from '@fanfare/core/auth/token';
import type { FindApplication, FoundApplication } from '@fanfare/core/find-application';
import type { Refusal } from '@fanfare/core/http/answer';
import { err, ok, type Result } from '@fanfare/core/result';

export const NO_APPLICATION: Refusal = { kind: 'not-found', detail: 'There is no such application.' };

/**
 * The application that a caller names by id or uid, if it is there and the caller's own: a portal is not told whether
 * another application exists.
 */
export const findOwnApplication = async (
  principal: Principal,
  idOrUid: string,
  find: FindApplication,
): Promise<Result<FoundApplication, Refusal>> => {
  const found = await find(principal.orgId, idOrUid);
  return found !== undefined && isOwn(principal, found.appId) ? ok(found) : err(NO_APPLICATION);
};

export const isOwn = (principal: Principal, appId: string): boolean =>
  principal.kind === 'organisation' || principal.appId === appId;
