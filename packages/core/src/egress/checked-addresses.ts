import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';

export type ResolvedAddress = { readonly address: string; readonly family: number };

/** What is known of a host before anything is sent there. */
export type CheckedHost =
  | { readonly kind: 'allowed'; readonly addresses: readonly ResolvedAddress[] }
  /** It has an address that nothing may be sent to. */
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'unresolved'; readonly error: Error };

export type CheckHost = (host: string) => Promise<CheckedHost>;

/** As `dns.lookup` with `all: true`. */
export type LookupAll = (
  hostname: string,
  options: { readonly all: true; readonly family: number },
  callback: (error: Error | null, addresses: readonly ResolvedAddress[]) => void,
) => void;

/**
 * Resolves hosts and checks each of their addresses. One address that is not allowed forbids the host, whatever its others
 * are: which of them a connection takes is not ours to say. The host is as `hostOf` tells it.
 */
export const hostCheck =
  (isAllowed: (address: string) => boolean, lookup: LookupAll = systemLookup as LookupAll): CheckHost =>
  (host) =>
    new Promise((resolve) => {
      const judge = (addresses: readonly ResolvedAddress[]): void =>
        resolve(addresses.every(({ address }) => isAllowed(address)) ? { kind: 'allowed', addresses } : FORBIDDEN);
      const family = isIP(host);
      if (family !== 0) return judge([{ address: host, family }]);
      lookup(host, { all: true, family: 0 }, (error, addresses) => {
        if (error !== null) return resolve({ kind: 'unresolved', error });
        if (addresses.length === 0) return resolve({ kind: 'unresolved', error: new NoAddress() });
        judge(addresses);
      });
    });

const FORBIDDEN: CheckedHost = { kind: 'forbidden' };

/** The host of a URL as resolvers take it: an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

class NoAddress extends Error {
  override readonly name = 'NoAddress';
  readonly code = 'ENOTFOUND';
}
