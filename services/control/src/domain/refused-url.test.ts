import { isAllowed } from '@fanfare/core/egress/allowed-address';
import { hostCheck } from '@fanfare/core/egress/checked-addresses';
import { resolverOf, SPELLINGS, titleOf } from '@fanfare/core/egress/spellings.fake';
import { normalUrl } from './endpoint-url.ts';
import { refusedUrl } from './refused-url.ts';

const publicOnly = (address: string) => isAllowed(address, []);
const problem = (msg: string) => ({ kind: 'invalid', problems: [{ loc: ['body', 'url'], msg, type: 'value_error' }] });
const PUBLIC_ONLY = problem('must lead to public addresses only');

describe('an endpoint’s URL is judged as deliveries to it will be:', () => {
  test.each(SPELLINGS.map((one) => [titleOf(one), one.verdict, one] as const))(
    '%s is %s',
    async (_title, verdict, one) => {
      const normal = normalUrl(one.url);
      if (!normal.ok) {
        expect(verdict).toBe('not-a-url');
        return;
      }
      const rules = { requiresHttps: false, checkHost: hostCheck(publicOnly, resolverOf(one)) };
      const refusal = await refusedUrl(normal.value, rules);
      expect(refusal).toEqual(verdict === 'forbidden' ? PUBLIC_ONLY : undefined);
    },
  );
});

describe('where https is required', () => {
  const rules = {
    requiresHttps: true,
    checkHost: hostCheck(publicOnly, resolverOf({ resolves: ['1.1.1.1'] } as never)),
  };

  test.each([
    ['https://example.com/', undefined],
    ['http://example.com/', problem('must start with https://')],
    ['http://10.0.0.1/', problem('must start with https://')],
    ['arn:aws:sqs:us-east-1:123456789012:orders', undefined],
  ])('%s', async (url, expected) => {
    await expect(refusedUrl(url, rules)).resolves.toEqual(expected);
  });
});
