import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { LookupAll } from './checked-addresses.ts';

/** One way to write a URL, and what has to come of it. */
export type Spelling = {
  readonly url: string;
  /** The addresses that the URL's name has; absent where the host is an address itself, however it is written. */
  readonly resolves?: readonly string[];
  /** The address that the host is. */
  readonly address?: string;
  readonly verdict: 'allowed' | 'forbidden' | 'unresolved' | 'not-a-url';
  readonly source: string;
};

/** Every spelling that somebody has hidden an address behind, and harmless ones that look alike. */
export const SPELLINGS: readonly Spelling[] = JSON.parse(
  readFileSync('packages/core/src/egress/spellings.json', 'utf8'),
);

/** The spelling as a test's title: what cannot be seen is escaped. */
export const titleOf = ({ url, resolves }: Spelling): string =>
  `${JSON.stringify(url)}${resolves === undefined ? '' : ` (${resolves.join(', ')})`}`;

/** A resolver that knows the names of one spelling, and tells what it was asked for. */
export const resolverOf = ({ resolves = [] }: Spelling, asked: string[] = []): LookupAll => {
  const addresses = resolves.map((address) => ({ address, family: isIP(address) }));
  return (hostname, _options, callback) => {
    asked.push(hostname);
    setImmediate(callback, null, addresses);
  };
};
