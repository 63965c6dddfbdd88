import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { LOOPBACK } from '../environment/port.ts';
import { ACCEPT, type Behaviour, statusOf } from './behaviour.ts';

/** One request as it came over the wire. */
export type ReceivedRequest = {
  /** Milliseconds since 1970, when its last byte had come. */
  readonly receivedAtMs: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The raw bytes: signatures are over these. */
  readonly body: Buffer;
  /** What it was answered; undefined for a request left hanging. */
  readonly status: number | undefined;
};

export type Receiver = {
  readonly port: number;
  readonly url: (path: string) => string;
  /** Every request so far, oldest first. */
  readonly requests: readonly ReceivedRequest[];
  readonly behave: (path: string, behaviour: Behaviour) => void;
  /** Forgets the requests so far, and with them where each message stands in its sequence of answers. */
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
};

export type ReceiverOptions = {
  /** 0 or absent takes a free one. */
  readonly port?: number;
  readonly onRequest?: (request: ReceivedRequest) => void;
};

/** Starts a webhook receiver on loopback. It answers 200 unless told otherwise. */
export const startReceiver = async ({ port = 0, onRequest }: ReceiverOptions = {}): Promise<Receiver> => {
  const requests: ReceivedRequest[] = [];
  const behaviours = new Map<string, Behaviour>();
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(incoming);
    const behaviour = behaviours.get(request.path) ?? ACCEPT;
    const status = statusOf(behaviour, requests.filter((earlier) => isSameMessage(earlier, request)).length);
    const received = { ...request, status };
    requests.push(received);
    onRequest?.(received);
    if (status === undefined) return;
    const { delayMilliseconds, headers } = behaviour.kind === 'answer' ? behaviour : {};
    if (delayMilliseconds !== undefined) await wait(delayMilliseconds);
    response
      .writeHead(status, { 'content-type': 'text/plain', ...headers })
      .end(status < 300 ? 'thank you' : 'not now');
  };
  const server = createServer((incoming, response) => {
    // A sender that goes away in the middle of a request has sent none.
    receive(incoming, response).catch(() => response.destroy());
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  const bound = portOf(server);
  return {
    port: bound,
    url: (path) => `http://${LOOPBACK}:${bound}${path}`,
    requests,
    behave: (path, behaviour) => void behaviours.set(path, behaviour),
    forget: () => void requests.splice(0),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
};

type Unanswered = Omit<ReceivedRequest, 'status'>;

const read = async (incoming: IncomingMessage): Promise<Unanswered> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    receivedAtMs: Date.now(),
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(chunks),
  };
};

const isSameMessage = (a: Unanswered, b: Unanswered): boolean =>
  a.path === b.path && a.headers['webhook-id'] === b.headers['webhook-id'];

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
};
