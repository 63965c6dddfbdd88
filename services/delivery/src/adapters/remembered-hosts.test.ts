import type { CheckedHost } from '@fanfare/core/egress/checked-addresses';
import { rememberedHosts } from './remembered-hosts.ts';

const ALLOWED: CheckedHost = { kind: 'allowed', addresses: [{ address: '192.0.2.1', family: 4 }] };
const UNRESOLVED: CheckedHost = { kind: 'unresolved', error: new Error('no') };

const remembering = (answer: CheckedHost, maxHosts?: number) => {
  const asked: string[] = [];
  let nowMs = 0;
  const check = rememberedHosts(
    async (host) => {
      asked.push(host);
      return answer;
    },
    () => nowMs,
    maxHosts,
  );
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { check, asked, pass };
};

test('a host is asked for again after ten seconds and not before', async () => {
  const { check, asked, pass } = remembering(ALLOWED);
  await check('a');
  pass(9_999);
  await expect(check('a')).resolves.toEqual(ALLOWED);
  expect(asked).toEqual(['a']);
  pass(1);
  await check('a');
  expect(asked).toEqual(['a', 'a']);
});

test('what could not be resolved is asked for again at once', async () => {
  const { check, asked } = remembering(UNRESOLVED);
  await check('a');
  await expect(check('a')).resolves.toEqual(UNRESOLVED);
  expect(asked).toEqual(['a', 'a']);
});

test('that a host is forbidden is remembered too', async () => {
  const { check, asked } = remembering({ kind: 'forbidden' });
  await check('a');
  await check('a');
  expect(asked).toEqual(['a']);
});

test('the host that was asked for longest ago is forgotten when there are too many', async () => {
  const { check, asked, pass } = remembering(ALLOWED, 2);
  await check('a');
  pass(1);
  await check('b');
  pass(10_000);
  await check('a'); // expired, and so the youngest now
  await check('c');
  asked.length = 0;
  await check('a');
  expect(asked).toEqual([]);
  await check('b');
  expect(asked).toEqual(['b']);
});
