import { boundedMap } from './bounded-map.ts';
import type { Credentials } from './destination-client.ts';

/** A role, as one application assumes it. */
export type RoleUse = { readonly role: string; readonly externalId: string };

/** Assumes a role. Throws what STS answers otherwise. */
export type Assume = (use: RoleUse, abortSignal?: AbortSignal) => Promise<Credentials>;

/** The role lets us in whatever external id we come with, so every application could use it. */
export class AnyExternalIdAccepted extends Error {
  override readonly name = 'AnyExternalIdAccepted';
}

/** What no application has. */
const NOBODY = 'nobody/nobody';

/** New credentials are taken this long before the old ones end, so that none ends on its way. */
const MARGIN_MS = 5 * 60_000;
const MAX_ENTRIES = 500;

type Config = { readonly assume: Assume; readonly now: () => number; readonly maxEntries?: number };

/**
 * Credentials of roles, by role and external id, kept until shortly before they end. Each time new ones are taken, the
 * role is tried with an external id of nobody's as well: one that lets us in then does not ask for the id, and whoever
 * knows its name could have it used for himself. Such a role is not used at all.
 */
export const assumedRoles = ({ assume, now, maxEntries = MAX_ENTRIES }: Config) => {
  const kept = boundedMap<Credentials>(maxEntries);
  const underWay = new Map<string, Promise<Credentials>>();
  const keyOf = ({ role, externalId }: RoleUse): string => `${role} ${externalId}`;

  const take = async (use: RoleUse, abortSignal?: AbortSignal): Promise<Credentials> => {
    const credentials = await assume(use, abortSignal);
    if (await isLetIn(assume, { ...use, externalId: NOBODY }, abortSignal)) throw new AnyExternalIdAccepted();
    kept.set(keyOf(use), credentials);
    return credentials;
  };

  return {
    credentialsOf: async (use: RoleUse, abortSignal?: AbortSignal): Promise<Credentials> => {
      const key = keyOf(use);
      const standing = kept.get(key);
      if (standing !== undefined && standing.expiration.getTime() - MARGIN_MS > now()) return standing;
      const taking = underWay.get(key) ?? take(use, abortSignal).finally(() => underWay.delete(key));
      underWay.set(key, taking);
      return taking;
    },
    /** For credentials that AWS does not take any more. */
    forget: (use: RoleUse): void => void kept.delete(keyOf(use)),
  };
};

const isLetIn = async (assume: Assume, use: RoleUse, abortSignal?: AbortSignal): Promise<boolean> => {
  try {
    await assume(use, abortSignal);
    return true;
  } catch (error) {
    if (/AccessDenied/.test((error as Error).name)) return false;
    throw error;
  }
};
