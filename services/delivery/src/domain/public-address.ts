import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Blocks of addresses that may be sent to although they are not public. */
export type Subnet = ReturnType<typeof ipaddr.parseCIDR>;

/** Everything that is routed in the internet. What is outside of it is not listed by ipaddr.js completely. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Reads the setting: comma separated CIDR blocks, or `none`. Throws for anything else. */
export const parseSubnets = (text: string): Subnet[] =>
  text === 'none' ? [] : text.split(',').map((block) => ipaddr.parseCIDR(block.trim()));

/**
 * Whether a request may go to this address: it is public, or in one of the allowed subnets. An IPv4 address inside an
 * IPv6 one counts as what it is; what is not an address at all is refused.
 */
export const isAllowed = (address: string, allowed: readonly Subnet[]): boolean => {
  if (isIP(address) === 0) return false; // ipaddr.js also reads what only some systems take for an address
  const unwrapped = ipaddr.process(address);
  if (allowed.some((subnet) => subnet[0].kind() === unwrapped.kind() && unwrapped.match(subnet))) return true;
  if (unwrapped.range() !== 'unicast') return false;
  return unwrapped.kind() === 'ipv4' || unwrapped.match(GLOBAL_IPV6);
};
