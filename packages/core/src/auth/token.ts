import { errors, type JWTPayload, jwtVerify } from 'jose';
import { isId } from '../ids.ts';
import { err, ok, type Result } from '../result.ts';

/** Who calls: a producer with the whole organisation, or one application's own portal. */
export type Principal =
  | { readonly kind: 'organisation'; readonly orgId: string }
  | { readonly kind: 'application'; readonly orgId: string; readonly appId: string };

export type TokenProblem = 'missing' | 'invalid' | 'expired' | 'no-subject';

/** Clocks of callers may be this far from ours. */
const CLOCK_TOLERANCE_SECONDS = 60;

/**
 * Verifies the value of an `Authorization` header: `Bearer` (any case) and a JWT signed with HS256 by any of `keys`.
 * `sub` is an organisation, or an application with its organisation in the claim `org`.
 */
export const verifyToken = async (
  header: string | undefined,
  keys: readonly Uint8Array[],
  nowMs: number,
): Promise<Result<Principal, TokenProblem>> => {
  const token = /^bearer +(\S+)$/i.exec(header?.trim() ?? '')?.[1];
  if (token === undefined) return err('missing');
  let problem: TokenProblem = 'invalid';
  for (const key of keys) {
    try {
      const options = { algorithms: ['HS256'], clockTolerance: CLOCK_TOLERANCE_SECONDS, currentDate: new Date(nowMs) };
      return principalOf((await jwtVerify(token, key, options)).payload);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      // Signed by us but out of time: no other key needs trying, and the caller is told which of the two it is.
      if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) problem = 'expired';
    }
  }
  return err(problem);
};

const principalOf = (claims: JWTPayload): Result<Principal, TokenProblem> => {
  const { sub, org } = claims;
  if (typeof sub !== 'string') return err('no-subject');
  if (isId('org', sub) && org === undefined) return ok({ kind: 'organisation', orgId: sub });
  if (isId('app', sub) && typeof org === 'string' && isId('org', org)) {
    return ok({ kind: 'application', orgId: org, appId: sub });
  }
  return err('invalid');
};
