import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** The name has an address that nothing may be sent to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
}

/** As `dns.lookup` with `all: true`. */
export type LookupAll = (
  hostname: string,
  options: { readonly all: true; readonly family: number },
  callback: (error: Error | null, addresses: readonly { readonly address: string; readonly family: number }[]) => void,
) => void;

/**
 * Resolves names for connections. One address that is not allowed refuses the name, whatever its others are. The
 * connection goes to an address that this function has checked: there is no second look-up that could answer otherwise.
 */
export const checkedLookup =
  (isAllowed: (address: string) => boolean, lookup: LookupAll = systemLookup as LookupAll): LookupFunction =>
  (hostname, options, callback) => {
    const family = typeof options.family === 'number' ? options.family : 0;
    lookup(hostname, { all: true, family }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
        return callback(new AddressNotAllowed(), '');
      }
      if (options.all) return callback(null, [...addresses]);
      return callback(null, first.address, first.family);
    });
  };
