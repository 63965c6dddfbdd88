import { createServer } from 'node:net';
import { endpointReach } from './endpoint-reach.ts';
import {
  closeEverything,
  endpoint,
  expiredEndpoint,
  listen,
  resolving,
  secureEndpoint,
} from './sender-endpoints.fake.ts';
import { CERTIFICATE, EXPIRED_CERTIFICATE } from './test-certificate.fake.ts';

afterEach(closeEverything);

const reach = (more: Partial<Parameters<typeof endpointReach>[0]> = {}) =>
  endpointReach({
    isAllowed: (address) => address === '127.0.0.1',
    requiresHttps: false,
    limitMs: 20_000,
    lookup: resolving('127.0.0.1'),
    ...more,
  });
const ok = { ok: true, detail: expect.any(String) };
const failed = (detail: string) => ({ ok: false, detail });

describe('resolving an endpoint', () => {
  test.each([
    ['a name with an allowed address', 'https://hooks.example.com/', ok],
    ['an address that is not allowed', 'https://10.0.0.1/', failed('the address is not allowed')],
    ['what is no URL', 'ftp://example.com/', failed('the URL is neither http nor https')],
  ])('judges %s', async (_title, url, expected) => {
    await expect(reach().resolve(url)).resolves.toEqual(expected);
  });

  test('refuses a name of which one address is not allowed, and does not tell it', async () => {
    const one = reach({ lookup: resolving('127.0.0.1', '10.0.0.1') });
    const forbidden = failed('the address is not allowed');
    await expect(one.resolve('https://hooks.example.com/')).resolves.toEqual(forbidden);
    await expect(one.connect('https://hooks.example.com/')).resolves.toEqual(forbidden);
  });

  test('tells a name that has no address, or that nobody answers for', async () => {
    const unknown = reach({
      lookup: (_name, _options, done) => done(Object.assign(new Error(), { code: 'ENOTFOUND' }), []),
    });
    await expect(unknown.resolve('https://x.example/')).resolves.toEqual(failed('the name has no address'));
    const silent = reach({ lookup: () => undefined, limitMs: 10 });
    await expect(silent.resolve('https://x.example/')).resolves.toEqual(failed('the name was not resolved in time'));
  });

  test('refuses http where https is required', async () => {
    const strict = reach({ requiresHttps: true });
    await expect(strict.resolve('http://hooks.example.com/')).resolves.toEqual(failed('the URL is not https'));
    await expect(strict.connect('http://hooks.example.com/')).resolves.toEqual(failed('the URL is not https'));
  });
});

describe('connecting to an endpoint', () => {
  test('succeeds, sends nothing and hangs up', async () => {
    let requests = 0;
    const port = await endpoint(() => {
      requests += 1;
    });
    await expect(reach().connect(`http://hooks.example.test:${port}/`)).resolves.toEqual(ok);
    expect(requests).toBe(0);
  });

  test('succeeds over TLS where the certificate is for the name, and tells where it is not', async () => {
    const port = await secureEndpoint((_request, response) => void response.end());
    const trusting = reach({ ca: CERTIFICATE });
    await expect(trusting.connect(`https://hooks.example.test:${port}/`)).resolves.toMatchObject(ok);
    const other = await trusting.connect(`https://other.example.org:${port}/`);
    expect(other).toMatchObject(failed('the certificate is not for this name'));
    const untrusted = await reach().connect(`https://hooks.example.test:${port}/`);
    expect(untrusted).toMatchObject(failed('the certificate is signed by itself'));
  });

  test('tells whose certificate it is and when it ends, also where it is not valid, and sends nothing then', async () => {
    let requests = 0;
    const count = () => {
      requests += 1;
    };
    const [port, expired] = [await secureEndpoint(count), await expiredEndpoint(count)];
    const of = (reached: object) => expect.objectContaining(reached);
    const end = Date.parse('2126-10-30T23:33:31Z');
    const certificate = { issuer: 'hooks.example.test', expiresAt: end };
    for (const one of [reach({ ca: CERTIFICATE }), reach()]) {
      await expect(one.connect(`https://hooks.example.test:${port}/`)).resolves.toEqual(of({ certificate }));
    }
    const late = await reach({ ca: EXPIRED_CERTIFICATE }).connect(`https://hooks.example.test:${expired}/`);
    expect(late).toEqual({
      ok: false,
      detail: 'the certificate has expired',
      certificate: { issuer: 'Example CA, hooks.example.test', expiresAt: Date.parse('2021-01-01T00:00:00Z') },
    });
    expect(requests).toBe(0);
  });

  test('tells a port that nobody listens on', async () => {
    const port = await listen(createServer());
    closeEverything();
    const refused = failed('the connection was refused');
    await expect(reach().connect(`http://hooks.example.com:${port}/`)).resolves.toEqual(refused);
  });

  test('is given up on in time where TLS is never begun', async () => {
    const port = await listen(createServer(() => undefined));
    const hasty = reach({ limitMs: 200 });
    const late = failed('the connection took too long');
    await expect(hasty.connect(`https://hooks.example.com:${port}/`)).resolves.toEqual(late);
  });
});
