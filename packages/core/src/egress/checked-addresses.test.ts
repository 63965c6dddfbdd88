import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { isAllowed } from './allowed-address.ts';
import { hostCheck, hostOf } from './checked-addresses.ts';
import { resolverOf, SPELLINGS, titleOf } from './spellings.fake.ts';

type Block = { readonly block: string; readonly name: string; readonly rfc: string; readonly registry: string };
/** An IPv4 address mapped into IPv6 counts as what it is, and so its block is no block of its own. */
const MAPPED = '::ffff:0:0/96';
const BLOCKS = (
  JSON.parse(readFileSync('packages/core/src/egress/special-purpose.json', 'utf8')) as readonly Block[]
).filter(({ block }) => block !== MAPPED);

describe('nothing is sent to', () => {
  test.each(BLOCKS.map((one) => [`${one.block} ${one.name}, ${one.rfc}`, one.block] as const))(
    '%s',
    (_title, block) => {
      const [first, length] = ipaddr.parseCIDR(block);
      const bits = first.kind() === 'ipv4' ? 32 : 128;
      const start = BigInt(`0x${Buffer.from(first.toByteArray()).toString('hex')}`);
      const size = 1n << BigInt(bits - length);
      const textOf = (value: bigint): string => {
        const bytes = Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex');
        return ipaddr.fromByteArray([...bytes]).toString();
      };
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max: size - 1n }), (offset) => {
          expect([textOf(start + offset), isAllowed(textOf(start + offset), [])]).toEqual([
            textOf(start + offset),
            false,
          ]);
        }),
        { examples: [[0n], [size - 1n]], numRuns: 25 },
      );
    },
  );
});

test('there are 120 spellings and more, none of them twice', () => {
  expect(SPELLINGS.length).toBeGreaterThanOrEqual(120);
  expect(new Set(SPELLINGS.map(titleOf)).size).toBe(SPELLINGS.length);
});

describe('a URL leads where it should, however it is written:', () => {
  test.each(SPELLINGS.map((one) => [titleOf(one), one.verdict, one.source, one] as const))(
    '%s is %s (%s)',
    async (_title, verdict, _source, spelling) => {
      const [checked, asked]: [string[], string[]] = [[], []];
      const check = hostCheck(
        (address) => {
          checked.push(address);
          return isAllowed(address, []);
        },
        resolverOf(spelling, asked),
      );
      const url = URL.parse(spelling.url);
      if (url === null || !['http:', 'https:'].includes(url.protocol)) {
        expect(verdict).toBe('not-a-url');
        return;
      }
      const found = await check(hostOf(url));
      expect(found.kind).toBe(verdict);
      // An address is not looked up, and a name always is: no resolver reads what the URL's parser has not read.
      expect(asked).toHaveLength(spelling.resolves === undefined ? 0 : 1);
      if (spelling.address !== undefined) expect(checked).toEqual([spelling.address]);
      if (found.kind === 'allowed') {
        expect(found.addresses.map(({ address }) => address)).toEqual(spelling.resolves ?? [spelling.address]);
      }
    },
  );
});

test('a name whose addresses are not told is not resolved, and the resolver’s word is kept', async () => {
  const error = Object.assign(new Error('no'), { code: 'EAI_AGAIN' });
  const check = hostCheck(
    () => true,
    (_hostname, _options, callback) => callback(error, []),
  );
  await expect(check('silent.example')).resolves.toEqual({ kind: 'unresolved', error });
});
