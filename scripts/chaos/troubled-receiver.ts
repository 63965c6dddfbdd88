import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { unreachable } from '@fanfare/core/unreachable';
import { LOOPBACK } from '../environment/port.ts';
import type { Trouble } from './population.ts';

export type Request = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** How a request is treated: told after it has come, before it is answered. */
export type Treatment = Trouble;

export type TroubledReceiver = { readonly url: (path: string) => string; readonly stop: () => Promise<void> };

/**
 * A server for endpoints in trouble. `onRequest` hears of each whole request and says how it is treated; `onTaken` is called
 * when one was answered 200 to the last byte.
 */
export const startTroubledReceiver = async (
  onRequest: (request: Request) => { readonly treatment: Treatment; readonly onTaken: () => void },
): Promise<TroubledReceiver> => {
  const server = createServer((incoming, response) => {
    // A sender that goes away in the middle has sent nothing, and one that is gone needs no answer.
    receive(incoming, response).catch(() => response.destroy());
  });
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const { treatment, onTaken } = onRequest({ path: incoming.url ?? '', headers, body: Buffer.concat(chunks) });
    response.once('finish', () => {
      if (treatment === 'none') onTaken();
    });
    await treat(treatment, response);
  };
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const port = portOf(server);
  return {
    url: (path) => `http://${LOOPBACK}:${port}${path}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
};

const DRIP_MILLISECONDS = 500;

/** Where a redirect leads to. Whoever comes here has followed it. */
export const REDIRECTED_PATH = '/redirected';

const treat = async (treatment: Treatment, response: ServerResponse): Promise<void> => {
  switch (treatment) {
    case 'none':
      return void response.writeHead(200, { 'content-type': 'text/plain' }).end('thank you');
    case 'hangs':
      return;
    case 'resets':
      return void response.socket?.resetAndDestroy();
    case 'answers-rubbish':
      return void response.socket?.end('%%% this is no HTTP %%%\r\n\r\n');
    case 'breaks-off':
      response.writeHead(200, { 'content-length': 1000 }).write('the beginning');
      await wait(50);
      return void response.socket?.destroy();
    case 'drips':
      response.writeHead(200, { 'content-type': 'text/plain' });
      while (!response.destroyed) {
        response.write('.');
        await wait(DRIP_MILLISECONDS);
      }
      return;
    case 'answers-500':
      return void response.writeHead(500).end('out of order');
    case 'answers-429':
      return void response.writeHead(429, { 'retry-after': '1' }).end('not so fast');
    case 'answers-503':
      return void response.writeHead(503, { 'retry-after': new Date(Date.now() + 2_000).toUTCString() }).end();
    case 'redirects':
      return void response.writeHead(302, { location: REDIRECTED_PATH }).end();
    default:
      return unreachable(treatment);
  }
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
};
