import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Blocks of addresses that may be sent to although they are not public. */
export type Subnet = ReturnType<typeof ipaddr.parseCIDR>;
type Address = ReturnType<typeof ipaddr.process>;

/** Everything that is routed in the internet. What is outside of it is not listed by ipaddr.js completely. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Reads the setting: comma separated CIDR blocks, or `none`. Throws for anything else. */
export const parseSubnets = (text: string): Subnet[] =>
  text === 'none' ? [] : text.split(',').map((block) => ipaddr.parseCIDR(block.trim()));

/**
 * Whether a request may go to this address: it is public, or in one of the allowed subnets. An IPv4 address mapped into
 * IPv6 counts as what it is. Public is what stands in no block of IANA's registries of special-purpose addresses, not even
 * in those that are globally reachable: no webhook is received at a translator or an anycast relay. What is not an address
 * at all is refused.
 */
export const isAllowed = (address: string, allowed: readonly Subnet[]): boolean => {
  if (isIP(address) === 0) return false; // ipaddr.js also reads what only some systems take for an address
  if (address.includes('%')) return false; // a zone: the same address is another one on another interface
  return isAllowedAddress(ipaddr.process(address), allowed);
};

const isAllowedAddress = (address: Address, allowed: readonly Subnet[]): boolean => {
  if (!isPublic(address) && !allowed.some((subnet) => covers(subnet, address))) return false;
  // Allowing a translator's prefix must not allow what stands behind it: the address inside is where the packets end.
  const inside = addressInside(address);
  return inside === undefined || isAllowedAddress(inside, allowed);
};

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_IPV6));

const covers = (subnet: Subnet, address: Address): boolean =>
  subnet[0].kind() === address.kind() && address.match(subnet);

/** Where the IPv4 address begins, in bytes, by the name of the range. Sources: RFC 6052, RFC 3056, RFC 4380, RFC 6145. */
const INSIDE_AT: Readonly<Record<string, number>> = { rfc6052: 12, '6to4': 2, teredo: 12, rfc6145: 12 };

/** The IPv4 address that a translator or tunnel would send to. */
const addressInside = (address: Address): Address | undefined => {
  const at = address.kind() === 'ipv6' ? INSIDE_AT[address.range()] : undefined;
  if (at === undefined) return undefined;
  const bytes = address.toByteArray().slice(at, at + 4);
  // Teredo writes the client's address with all bits turned.
  return ipaddr.fromByteArray(address.range() === 'teredo' ? bytes.map((byte) => byte ^ 0xff) : bytes);
};
