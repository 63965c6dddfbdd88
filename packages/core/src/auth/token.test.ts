import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { verifyToken } from './token.ts';

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const appId = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const key = new TextEncoder().encode('first-key-of-at-least-thirty-two-bytes');
const otherKey = new TextEncoder().encode('other-key-of-at-least-thirty-two-bytes');
const nowMs = Date.parse('2026-11-23T12:00:00Z');
const nowSeconds = nowMs / 1000;

const tokenOf = (claims: Record<string, unknown>, signedWith = key, alg = 'HS256') =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(signedWith);
const asked = async (claims: Record<string, unknown>, signedWith = key, keys = [key]) =>
  verifyToken(`Bearer ${await tokenOf(claims, signedWith)}`, keys, nowMs);

test('a token of an organisation names it', async () => {
  await expect(asked({ sub: orgId })).resolves.toEqual({ ok: true, value: { kind: 'organisation', orgId } });
});

test("an application's token names the application and its organisation", async () => {
  await expect(asked({ sub: appId, org: orgId })).resolves.toEqual({
    ok: true,
    value: { kind: 'application', orgId, appId },
  });
});

test.each(['Bearer', 'bearer', 'BEARER'])('the scheme %s is accepted', async (scheme) => {
  const header = ` ${scheme}  ${await tokenOf({ sub: orgId })} `;
  await expect(verifyToken(header, [key], nowMs)).resolves.toMatchObject({ ok: true });
});

test('each of several keys verifies, so that keys can be exchanged without a pause', async () => {
  for (const signedWith of [key, otherKey]) {
    await expect(asked({ sub: orgId }, signedWith, [key, otherKey])).resolves.toMatchObject({ ok: true });
  }
});

test('a token signed with a key that was taken away is refused', async () => {
  await expect(asked({ sub: orgId }, otherKey, [key])).resolves.toEqual({ ok: false, error: 'invalid' });
});

test.each([undefined, '', 'Bearer', 'Bearer a b', 'Basic dXNlcjpwYXNz'])(
  'the header %p counts as no token',
  async (header) => {
    await expect(verifyToken(header, [key], nowMs)).resolves.toEqual({ ok: false, error: 'missing' });
  },
);

test.each(['x', 'a.b.c', '..', 'eyJhbGciOiJIUzI1NiJ9.e30.', '\u0000', '%%%.%%%.%%%'])(
  'garbage is refused: %p',
  async (token) => {
    await expect(verifyToken(`Bearer ${token}`, [key], nowMs)).resolves.toEqual({ ok: false, error: 'invalid' });
  },
);

test('a token without a signature is refused', async () => {
  const token = new UnsecuredJWT({ sub: orgId }).encode();
  await expect(verifyToken(`Bearer ${token}`, [key], nowMs)).resolves.toEqual({ ok: false, error: 'invalid' });
});

test.each(['HS384', 'HS512'])('%s is refused even with the right key', async (alg) => {
  const long = new Uint8Array(64).fill(7);
  const token = await tokenOf({ sub: orgId }, long, alg);
  await expect(verifyToken(`Bearer ${token}`, [long], nowMs)).resolves.toEqual({ ok: false, error: 'invalid' });
});

test.each(['RS256', 'ES256', 'EdDSA'])('%s is refused: keys are secrets, never public', async (alg) => {
  const { privateKey } = await generateKeyPair(alg);
  const token = await new SignJWT({ sub: orgId }).setProtectedHeader({ alg }).sign(privateKey);
  await expect(verifyToken(`Bearer ${token}`, [key], nowMs)).resolves.toEqual({ ok: false, error: 'invalid' });
});

test('a token whose claims were changed is refused', async () => {
  const [head, , signature] = (await tokenOf({ sub: orgId })).split('.');
  const claims = Buffer.from(JSON.stringify({ sub: 'org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' })).toString('base64url');
  await expect(verifyToken(`Bearer ${head}.${claims}.${signature}`, [key], nowMs)).resolves.toEqual({
    ok: false,
    error: 'invalid',
  });
});

test.each([
  ['one that ended two minutes ago', { exp: nowSeconds - 120 }, 'expired'],
  ['one that begins in two minutes', { nbf: nowSeconds + 120 }, 'expired'],
])('%s is told to be out of time', async (_title, claims, error) => {
  await expect(asked({ sub: orgId, ...claims })).resolves.toEqual({ ok: false, error });
});

test('a token out of time is told so although other keys are tried', async () => {
  const claims = { sub: orgId, exp: nowSeconds - 120 };
  for (const keys of [
    [key, otherKey],
    [otherKey, key],
  ]) {
    await expect(asked(claims, key, keys)).resolves.toEqual({ ok: false, error: 'expired' });
  }
});

test.each([{ exp: nowSeconds - 30 }, { nbf: nowSeconds + 30 }])(
  'clocks may differ by half a minute: %p',
  async (claims) => {
    await expect(asked({ sub: orgId, ...claims })).resolves.toMatchObject({ ok: true });
  },
);

test('a token that names nobody is refused with that reason', async () => {
  await expect(asked({})).resolves.toEqual({ ok: false, error: 'no-subject' });
});

test.each([
  ['an endpoint', { sub: 'ep_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' }],
  ['an organisation with a claim of another', { sub: orgId, org: 'org_3Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' }],
  ['an application without its organisation', { sub: appId }],
  ['an application whose organisation is no id', { sub: appId, org: 'acme' }],
  ['an organisation with a separator of keys', { sub: 'org_2Mq5TGbQ0dJkGeUYCy8DDHOl#EZ' }],
  ['an organisation of the wrong length', { sub: 'org_1' }],
  ['a number', { sub: 7 }],
])('a token for %s is refused', async (_title, claims) => {
  const answer = await asked(claims);
  expect(answer.ok).toBe(false);
});
