import type { Principal } from '@fanfare/core/auth/token';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { VersionRecord } from '@fanfare/events/application-record';

/** An application as its version item shows it, deleted ones included. */
export type SeenApplication = ApplicationRef & { readonly version: VersionRecord };

export type FindVersion = (orgId: string, idOrUid: string) => Promise<SeenApplication | undefined>;

export const NO_APPLICATION: Refusal = { kind: 'not-found', detail: 'There is no such application.' };

/** Whether a part of a path can name anything: what cannot must not become part of a key. */
export const canBeName = (text: string): boolean => /^[\w.-]{1,256}$/.test(text);

/**
 * The application that a caller names by id or uid, if it is there and the caller's own: a portal is not told whether
 * another application exists.
 */
export const findApplication = async (
  principal: Principal,
  idOrUid: string,
  find: FindVersion,
): Promise<Result<SeenApplication, Refusal>> => {
  const seen = canBeName(idOrUid) ? await find(principal.orgId, idOrUid) : undefined;
  if (seen === undefined || seen.version.deletedAt !== undefined) return err(NO_APPLICATION);
  return isOwn(principal, seen.appId) ? ok(seen) : err(NO_APPLICATION);
};

export const isOwn = (principal: Principal, appId: string): boolean =>
  principal.kind === 'organisation' || principal.appId === appId;
