import { once } from 'node:events';
import { isAllowed } from '@fanfare/core/egress/allowed-address';
import type { LookupAll } from '@fanfare/core/egress/checked-addresses';
import { resolverOf, SPELLINGS, titleOf } from '@fanfare/core/egress/spellings.fake';
import {
  BODY,
  closeEverything,
  endpoint,
  HASTY_TO_CONNECT,
  HEADERS,
  resolving,
  secureEndpoint,
  sender,
  servers,
} from './sender-endpoints.fake.ts';
import { CERTIFICATE } from './test-certificate.fake.ts';

afterEach(closeEverything);

const to = (url: string) => ({ url, headers: HEADERS, body: BODY });

describe('an address', () => {
  const nobody = { isAllowed: () => false };

  test.each(['http://127.0.0.1', 'http://[::1]', 'http://2130706433', 'http://0x7f.1', 'http://[::ffff:127.0.0.1]'])(
    'that is not allowed is not connected to: %s',
    async (host) => {
      let connections = 0;
      const port = await endpoint((_request, response) => void response.end());
      servers.at(-1)?.on('connection', () => {
        connections += 1;
      });
      await expect(sender(nobody).send(to(`${host}:${port}/`))).resolves.toEqual({ kind: 'blocked' });
      expect(connections).toBe(0);
    },
  );

  test.each([
    ['127.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '::1'],
  ])('beside another that is not allowed does not count: %s, %s', async (...addresses) => {
    const port = await endpoint((_request, response) => void response.end());
    const { send } = sender({ lookup: resolving(...addresses) });
    await expect(send(to(`http://mixed.example.test:${port}/`))).resolves.toEqual({ kind: 'blocked' });
  });

  test('that was checked is the one that is connected to: the name is resolved once', async () => {
    let lookups = 0;
    const rebinding: LookupAll = (hostname, options, callback) => {
      lookups += 1;
      resolving(lookups === 1 ? '127.0.0.1' : '10.0.0.1')(hostname, options, callback);
    };
    const port = await endpoint((_request, response) => void response.end('ok'));
    const { send } = sender({ lookup: rebinding });
    await expect(send(to(`http://rebinding.example.test:${port}/`))).resolves.toMatchObject({ status: 200 });
    expect(lookups).toBe(1);
  });

  test('is found for as many names at once as there are, and asked for once each', async () => {
    const asked: string[] = [];
    const lookup: LookupAll = (hostname, options, callback) => {
      asked.push(hostname);
      resolving('127.0.0.1')(hostname, options, callback);
    };
    const port = await endpoint((_request, response) => void response.end('ok'));
    const { send } = sender({ lookup });
    const names = ['a', 'b', 'a', 'b', 'a'];
    await Promise.all(names.map((name) => send(to(`http://${name}.example.test:${port}/`))));
    expect(asked).toEqual(['a.example.test', 'b.example.test']);
  });

  test('that a name does not have is told as such', async () => {
    const unknown: LookupAll = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    await expect(sender({ lookup: unknown }).send(to('https://gone.example.test/'))).resolves.toEqual({
      kind: 'unreachable',
      reason: 'the name has no address',
    });
  });

  test('that is never found is not waited for longer than for a connection', async () => {
    const { send } = sender({ lookup: () => undefined, limits: HASTY_TO_CONNECT });
    await expect(send(to('https://silent.example.test/'))).resolves.toEqual({ kind: 'timed-out' });
  });

  test.each(['ftp://example.com/', 'not a url', 'https://'])('%j is none', async (url) => {
    await expect(sender().send(to(url))).resolves.toEqual({
      kind: 'unreachable',
      reason: 'the URL is neither http nor https',
    });
  });

  test('is sent nothing in the clear where https is required', async () => {
    const port = await endpoint((_request, response) => void response.end());
    const { send } = sender({ requiresHttps: true });
    await expect(send(to(`http://127.0.0.1:${port}/`))).resolves.toEqual({
      kind: 'unreachable',
      reason: 'the URL is not https',
    });
  });
});

describe('no request is made to', () => {
  const OUTCOME = {
    forbidden: { kind: 'blocked' },
    unresolved: { kind: 'unreachable', reason: 'the name has no address' },
    'not-a-url': { kind: 'unreachable', reason: 'the URL is neither http nor https' },
  };
  test.each(
    SPELLINGS.flatMap((one) => (one.verdict === 'allowed' ? [] : [[titleOf(one), OUTCOME[one.verdict], one] as const])),
  )('%s', async (_title, outcome, spelling) => {
    const { send } = sender({ isAllowed: (address) => isAllowed(address, []), lookup: resolverOf(spelling) });
    await expect(send(to(spelling.url))).resolves.toEqual(outcome);
  });
});

describe('over TLS', () => {
  const trusting = () => sender({ ca: CERTIFICATE, lookup: resolving('127.0.0.1') });

  test('a name is reached when its certificate is trusted', async () => {
    const port = await secureEndpoint((_request, response) => void response.end('ok'));
    const request = to(`https://hooks.example.test:${port}/`);
    await expect(trusting().send(request)).resolves.toMatchObject({ kind: 'answered', status: 200 });
    await expect(sender({ lookup: resolving('127.0.0.1') }).send(request)).resolves.toEqual({
      kind: 'unreachable',
      reason: 'the certificate is signed by itself',
    });
  });

  test('another name at the same address is not', async () => {
    const port = await secureEndpoint((_request, response) => void response.end('ok'));
    await expect(trusting().send(to(`https://other.example.test:${port}/`))).resolves.toEqual({
      kind: 'unreachable',
      reason: 'the certificate is not for this name',
    });
  });

  test.each([
    ['a name', 'hooks.example.test', 'hooks.example.test'],
    ['a name with a full stop at its end', 'hooks.example.test.', 'hooks.example.test'],
    ['an address', '127.0.0.1', false],
  ])('the server is told the name that the URL has, however it was resolved: %s', async (_title, host, expected) => {
    const seen: unknown[] = [];
    const port = await secureEndpoint((request, response) => {
      seen.push((request.socket as { servername?: unknown }).servername, request.headers.host);
      response.end('ok');
    });
    await expect(trusting().send(to(`https://${host}:${port}/`))).resolves.toMatchObject({ status: 200 });
    expect(seen).toEqual([expected, `${host}:${port}`]);
  });

  test('a connection ends when its server cannot prove itself', async () => {
    const port = await secureEndpoint((_request, response) => void response.end('ok'));
    const closed = once(servers.at(-1) as NonNullable<(typeof servers)[number]>, 'tlsClientError');
    await sender({ lookup: resolving('127.0.0.1') }).send(to(`https://hooks.example.test:${port}/`));
    await closed;
  });
});
