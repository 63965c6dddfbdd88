import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { LookupAll } from '@fanfare/core/egress/checked-addresses';
import {
  BODY,
  closeEverything,
  endpoint,
  HEADERS,
  listen,
  resolving,
  secureEndpoint,
  sender,
  servers,
  sockets,
} from './sender-endpoints.fake.ts';
import { CERTIFICATE } from './test-certificate.fake.ts';

afterEach(closeEverything);

const ANSWERED = { kind: 'answered', status: 200 };
const to = (url: string) => ({ url, headers: HEADERS, body: BODY });

/** A clock that moves when it is told to. */
const clock = () => {
  let nowMs = Date.now();
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { now: () => nowMs, pass };
};

/** A name whose addresses change. */
const changingName = (...first: string[]) => {
  let addresses = first;
  const lookup: LookupAll = (hostname, options, callback) => resolving(...addresses)(hostname, options, callback);
  const becomes = (...next: string[]): void => {
    addresses = next;
  };
  return { lookup, becomes };
};
const isLoopback = (address: string) => address.startsWith('127.');

/** Two servers at one port, one for each address, that count their connections. */
const twoAddresses = async () => {
  const connections: Record<string, number> = { '127.0.0.1': 0, '127.0.0.2': 0 };
  const open = async (address: string, at?: number): Promise<number> => {
    const server = createServer((_request, response) => void response.end('ok'));
    server.keepAliveTimeout = 0; // it tells no limit of its own
    const port = await listen(server, address, at);
    servers.at(-1)?.on('connection', () => {
      connections[address] = (connections[address] ?? 0) + 1;
    });
    return port;
  };
  const port = await open('127.0.0.1');
  await open('127.0.0.2', port);
  return { port, connections };
};

describe('a connection that waits for more work', () => {
  test('is not used once its name has left the address that it was made to', async () => {
    const { port, connections } = await twoAddresses();
    const name = changingName('127.0.0.1');
    const { now, pass } = clock();
    const { send } = sender({ isAllowed: isLoopback, now, lookup: name.lookup });
    const request = to(`http://moving.example.test:${port}/`);
    await expect(send(request)).resolves.toMatchObject(ANSWERED);
    name.becomes('127.0.0.2');
    pass(11_000);
    await expect(send(request)).resolves.toMatchObject(ANSWERED);
    expect(connections).toEqual({ '127.0.0.1': 1, '127.0.0.2': 1 });
  });

  test('is used while its address is one of those that the name has', async () => {
    const { port, connections } = await twoAddresses();
    const name = changingName('127.0.0.1');
    const { now, pass } = clock();
    const { send } = sender({ isAllowed: isLoopback, now, lookup: name.lookup });
    const request = to(`http://turning.example.test:${port}/`);
    await send(request);
    name.becomes('127.0.0.2', '127.0.0.1');
    pass(11_000);
    await expect(send(request)).resolves.toMatchObject(ANSWERED);
    expect(connections).toEqual({ '127.0.0.1': 1, '127.0.0.2': 0 });
  });

  test('does not help a name that has got an address that is not allowed', async () => {
    const { port, connections } = await twoAddresses();
    const name = changingName('127.0.0.1');
    const { now, pass } = clock();
    const { send } = sender({ isAllowed: isLoopback, now, lookup: name.lookup });
    const request = to(`http://turned.example.test:${port}/`);
    await send(request);
    name.becomes('127.0.0.1', '10.0.0.1');
    pass(11_000);
    await expect(send(request)).resolves.toEqual({ kind: 'blocked' });
    expect(connections).toEqual({ '127.0.0.1': 1, '127.0.0.2': 0 });
  });

  test.each([
    ['after the time that it may wait', undefined, 60_000, 2],
    ['before that', undefined, 59_000, 1],
    ['after the time that its server has told', 'timeout=5', 5_000, 2],
    ['before that', 'timeout=5', 3_000, 1],
  ])('is measured when an environment thaws, whose timers stood still: %s', async (_title, hint, passed, expected) => {
    let connections = 0;
    const port = await endpoint((_request, response) => {
      if (hint !== undefined) response.setHeader('keep-alive', hint);
      response.setHeader('connection', 'keep-alive');
      response.end('ok');
    });
    servers.at(-1)?.on('connection', () => {
      connections += 1;
    });
    const { now, pass } = clock();
    const { send } = sender({ now });
    await send(to(`http://127.0.0.1:${port}/`));
    pass(passed);
    await expect(send(to(`http://127.0.0.1:${port}/`))).resolves.toMatchObject(ANSWERED);
    expect(connections).toBe(expected);
  });

  test('is closed when it has waited for too long', async () => {
    const port = await endpoint((_request, response) => void response.end('ok'));
    await sender({ idleMs: 100 }).send(to(`http://127.0.0.1:${port}/`));
    const [socket] = sockets;
    if (socket !== undefined && !socket.destroyed) await once(socket, 'close');
    expect([...sockets].map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test('is closed at the end of an invocation when there are too many, the one that waits longest first', async () => {
    const { send, trim } = sender({ maxIdle: 2 });
    const ports = await Promise.all([1, 2, 3, 4].map(() => endpoint((_request, response) => void response.end('ok'))));
    const [oldest, ...newer] = ports;
    for (const port of [...ports, oldest]) await send(to(`http://127.0.0.1:${port}/`));
    const accepted = [...sockets];
    const closed = Promise.all(accepted.slice(1, 3).map((socket) => once(socket, 'close')));
    trim();
    await closed;
    expect(accepted.map(({ destroyed }) => destroyed)).toEqual([false, true, true, false]);
    for (const port of newer) await expect(send(to(`http://127.0.0.1:${port}/`))).resolves.toMatchObject(ANSWERED);
  });
});

test('a hundred deliveries to one endpoint, in ten invocations of ten, take ten handshakes at the most', async () => {
  const port = await secureEndpoint((_request, response) => void setTimeout(() => response.end('ok'), 5));
  let handshakes = 0;
  const server = servers.at(-1);
  if (server instanceof SecureServer) {
    server.on('secureConnection', () => {
      handshakes += 1;
    });
  }
  const { send, trim } = sender({ ca: CERTIFICATE, lookup: resolving('127.0.0.1') });
  for (let invocation = 0; invocation < 10; invocation += 1) {
    const batch = Array.from({ length: 10 }, () => send(to(`https://hooks.example.test:${port}/`)));
    for (const outcome of await Promise.all(batch)) expect(outcome).toMatchObject(ANSWERED);
    trim();
  }
  expect(handshakes).toBeGreaterThan(0);
  expect(handshakes).toBeLessThanOrEqual(10);
});
