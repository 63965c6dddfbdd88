import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { LookupAll } from '@fanfare/core/egress/checked-addresses';
import type { ExchangeLimits } from './http-exchange.ts';
import { CERTIFICATE, EXPIRED_CERTIFICATE, EXPIRED_PRIVATE_KEY, PRIVATE_KEY } from './test-certificate.fake.ts';
import { webhookSender } from './webhook-sender.ts';

/** Longer than any busy machine takes: a test that reaches it has failed. */
export const PATIENT: ExchangeLimits = {
  totalMs: 50_000,
  connectMs: 40_000,
  headerBytes: 4096,
  readBytes: 64 * 1024,
  keptBytes: 2048,
};
/** For what is meant to run out of time. */
export const HASTY: ExchangeLimits = { ...PATIENT, totalMs: 400 };
export const HASTY_TO_CONNECT: ExchangeLimits = { ...PATIENT, connectMs: 200 };
export const HEADERS = { 'content-type': 'application/json', 'webhook-id': 'msg_1' };
export const BODY = new TextEncoder().encode('{"amount":1.50}');

/** Those that are listening, the newest last, and the connections that they accepted. */
export const servers: Server[] = [];
export const sockets = new Set<Socket>();

export const listen = async (server: Server, address = '127.0.0.1', at = 0): Promise<number> => {
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  servers.push(server);
  server.listen(at, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

/** An endpoint that does to each connection what no HTTP server would. */
export const rawEndpoint = (act: (socket: Socket) => void): Promise<number> =>
  listen(createTcpServer((socket) => void socket.once('data', () => act(socket))));
export const endpoint = (act: RequestListener): Promise<number> => listen(createHttpServer(act));
/** One that has the test's certificate. */
export const secureEndpoint = (act: RequestListener): Promise<number> =>
  listen(createHttpsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, act));
/** One whose certificate has expired. */
export const expiredEndpoint = (act: RequestListener): Promise<number> =>
  listen(createHttpsServer({ cert: EXPIRED_CERTIFICATE, key: EXPIRED_PRIVATE_KEY }, act));
export const answering = (text: string): Promise<number> => rawEndpoint((socket) => socket.end(text));

export const closeEverything = (): void => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
};

const loopbackOnly = (address: string): boolean => address === '127.0.0.1';

export const sender = (config: Partial<Parameters<typeof webhookSender>[0]> = {}) =>
  webhookSender({ isAllowed: loopbackOnly, now: Date.now, limits: PATIENT, ...config });

export const sendTo = (port: number, path = '/in', config = {}) =>
  sender(config).send({ url: `http://127.0.0.1:${port}${path}`, headers: HEADERS, body: BODY });

/** A name that resolves to these addresses. */
export const resolving =
  (...addresses: readonly string[]): LookupAll =>
  (_hostname, _options, callback) =>
    setImmediate(
      callback,
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
