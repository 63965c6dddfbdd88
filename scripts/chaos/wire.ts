import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { LOOPBACK } from '../environment/port.ts';
import { type AwsCall, awsCall } from './aws-call.ts';

export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** One call on its way: what may be done with it, each at most once. */
export type Exchange = {
  readonly call: AwsCall;
  /** The caller's end of its connection. */
  readonly callerPort: number;
  /** Lets AWS have the call, with another body of the same length if one is given. */
  readonly forward: (body?: Buffer) => Promise<WireAnswer>;
  /** Whether the caller still listened and got the whole answer. */
  readonly answer: (answer: WireAnswer) => Promise<boolean>;
  /** Breaks the connection without an answer. Whether the caller was still there. */
  readonly reset: () => boolean;
  readonly isListenedTo: () => boolean;
};

/** Handles an exchange in place of the plain way. */
export type Interception = (exchange: Exchange) => Promise<void>;

export type Wire = {
  /** Where functions find AWS. */
  readonly endpoint: string;
  /** From now on calls of functions go through the interception, until it is `undefined` again. */
  readonly intercept: (interception: Interception | undefined) => void;
  readonly stop: () => Promise<void>;
};

export type WireOptions = { readonly target: { readonly port: number }; readonly port?: number };

/**
 * Stands between functions and AWS. What it lets through goes on byte by byte with the headers as they came, so that the
 * caller's signature holds.
 */
export const startWire = async ({ target, port = 0 }: WireOptions): Promise<Wire> => {
  // Without kept connections none can be closed under a call, which would be a fault that nobody counted.
  const agent = new Agent({ keepAlive: false });
  let interception: Interception | undefined;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(incoming);
    const call = awsCall(incoming.method ?? '', incoming.headers, body);
    const forward = (other?: Buffer) => forwarded(incoming, other ?? body, target.port, agent);
    if (interception === undefined || call === undefined || !call.isFunctions) {
      await answered(response, await forward());
      return;
    }
    const isListenedTo = () => !response.destroyed && response.socket?.destroyed === false;
    await interception({
      call,
      callerPort: incoming.socket.remotePort ?? 0,
      forward,
      isListenedTo,
      answer: (answer) => answered(response, answer),
      reset: () => {
        const wasThere = isListenedTo();
        incoming.socket.resetAndDestroy();
        return wasThere;
      },
    });
  };
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (incoming, response) => {
    // Whatever breaks off behind the wire breaks off in front of it.
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    endpoint: `http://${LOOPBACK}:${address.port}`,
    intercept: (chosen) => {
      interception = chosen;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
      agent.destroy();
    },
  };
};

const forwarded = async (
  { method, url, rawHeaders }: IncomingMessage,
  body: Buffer,
  port: number,
  agent: Agent,
): Promise<WireAnswer> => {
  const sent = request({ host: LOOPBACK, port, agent, method, path: url, headers: rawHeaders, setHost: false });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bytesOf(answer) };
};

const bytesOf = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const answered = (response: ServerResponse, { status, headers, body }: WireAnswer): Promise<boolean> =>
  new Promise((resolve) => {
    response.once('finish', () => resolve(true)).once('close', () => resolve(response.writableFinished));
    const { 'transfer-encoding': _chunked, connection: _hop, ...kept } = headers;
    // What answers a HEAD tells a length without having it.
    const length = body.length === 0 ? Number(kept['content-length'] ?? 0) : body.length;
    response.writeHead(status, { ...kept, 'content-length': length }).end(body);
  });
