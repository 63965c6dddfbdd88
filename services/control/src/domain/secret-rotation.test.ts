import fc from 'fast-check';
import { MAX_OLD_SECRETS, rotated } from './secret-rotation.ts';

const NOW = 1_000;
const bytes = (...of: number[]) => new Uint8Array(of);
const NEXT = { sealed: bytes(2) };
const old = (count: number, expiresAt = NOW + 1) =>
  Array.from({ length: count }, (_, index) => ({ sealed: bytes(index), expiresAt }));

test('the new secret comes first and the one before it signs until its grace period is over', () => {
  expect(rotated([{ sealed: bytes(1) }], NEXT, 60, NOW)).toEqual({
    ok: true,
    value: [{ sealed: bytes(2) }, { sealed: bytes(1), expiresAt: NOW + 60 }],
  });
});

test('without a grace period only the new secret signs', () => {
  expect(rotated([{ sealed: bytes(1) }], NEXT, 0, NOW)).toEqual({ ok: true, value: [{ sealed: bytes(2) }] });
});

test('secrets that have expired are dropped, others keep their time', () => {
  const secrets = [{ sealed: bytes(1) }, ...old(1, NOW + 5), ...old(1, NOW)];
  expect(rotated(secrets, NEXT, 60, NOW)).toMatchObject({
    value: [{}, { expiresAt: NOW + 60 }, { expiresAt: NOW + 5 }],
  });
});

test(`the rotation after ${MAX_OLD_SECRETS} that have not expired is refused`, () => {
  const secrets = [{ sealed: bytes(1) }, ...old(MAX_OLD_SECRETS - 1)];
  expect(rotated(secrets, NEXT, 60, NOW).ok).toBe(true);
  expect(rotated([...secrets, ...old(1)], NEXT, 60, NOW)).toEqual({ ok: false, error: 'too-many-secrets' });
  expect(rotated([...secrets, ...old(1, NOW)], NEXT, 60, NOW).ok).toBe(true);
});

test('a secret that must not sign any more can be replaced however many others still do', () => {
  const secrets = [{ sealed: bytes(1) }, ...old(MAX_OLD_SECRETS)];
  expect(rotated(secrets, NEXT, 0, NOW)).toEqual({ ok: true, value: [NEXT, ...old(MAX_OLD_SECRETS)] });
});

test('however often it is rotated, one secret is current and the limit holds', () => {
  const step = fc.record({ grace: fc.nat(604_800), seconds: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let [secrets, now] = [[{ sealed: bytes(0) }] as { sealed: Uint8Array; expiresAt?: number | undefined }[], NOW];
      for (const { grace, seconds } of steps) {
        now += seconds;
        const after = rotated(secrets, { sealed: bytes(1) }, grace, now);
        if (after.ok) secrets = after.value;
        expect(secrets.filter(({ expiresAt }) => expiresAt === undefined)).toEqual([secrets[0]]);
        expect(secrets.length).toBeLessThanOrEqual(1 + MAX_OLD_SECRETS);
      }
    }),
  );
});
