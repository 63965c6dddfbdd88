import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';

/** What an answer may take. */
export type ExchangeLimits = {
  /** From the call to the last byte of the answer. */
  readonly totalMs: number;
  /** From the call to the end of the TLS handshake, the name's resolution included. */
  readonly connectMs: number;
  readonly headerBytes: number;
  /** Of the body: what follows is not read. */
  readonly readBytes: number;
  /** Of the body: what is handed on. */
  readonly keptBytes: number;
};

export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'failed'; readonly error: Error; readonly isStale: boolean };

/**
 * Makes one HTTP request. Never throws, and when it answers, neither a request nor a timer of its own is left: either the
 * answer was read to its end and the connection went back to its pool, or the connection is destroyed.
 */
export const exchange = (
  isSecure: boolean,
  options: RequestOptions,
  body: Uint8Array,
  limits: ExchangeLimits,
): Promise<Exchange> =>
  new Promise((resolve) => {
    const request = (isSecure ? secureRequest : plainRequest)({ ...options, maxHeaderSize: limits.headerBytes });
    const end = (result: Exchange, isConnectionSpent = true): void => {
      clearTimeout(total);
      clearTimeout(connect);
      // An answer may come while the body is still being sent, and to somebody who does not read it.
      if (isConnectionSpent || !request.writableFinished) request.destroy();
      resolve(result);
    };
    const timeOut = (): void => end({ kind: 'timed-out' });
    const total = setTimeout(timeOut, limits.totalMs);
    const connect = setTimeout(timeOut, limits.connectMs);
    let answer: IncomingMessage | undefined;
    // A server may close an idle connection while it is being used again: nothing was answered, so nothing is known.
    const fail = (error: Error): void =>
      end({ kind: 'failed', error, isStale: request.reusedSocket && answer === undefined && isReset(error) });

    request.on('socket', (socket) => {
      if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connect));
      else clearTimeout(connect);
    });
    // Bytes behind a whole answer (a body after 204, say) do not undo it: its end is still to be read.
    request.on('error', (error) => {
      if (answer?.complete !== true) fail(error);
    });
    request.on('response', (response) => {
      answer = response;
      readBody(response, limits, (kept, isComplete) => end(answerOf(response, kept), !isComplete), fail);
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      end(answerOf(response, new Uint8Array()));
    });
    request.end(body);
  });

const readBody = (
  response: IncomingMessage,
  { readBytes, keptBytes }: ExchangeLimits,
  done: (kept: Uint8Array, isComplete: boolean) => void,
  fail: (error: Error) => void,
): void => {
  const kept: Buffer[] = [];
  let received = 0;
  const body = (): Uint8Array => Buffer.concat(kept).subarray(0, keptBytes);
  response.on('data', (chunk: Buffer) => {
    if (received < keptBytes) kept.push(chunk.subarray(0, keptBytes - received));
    received += chunk.length;
    if (received > readBytes) done(body(), false);
  });
  response.on('end', () => done(body(), true));
  response.on('error', fail);
};

const answerOf = ({ statusCode = 0, headers }: IncomingMessage, body: Uint8Array): Exchange => ({
  kind: 'answered',
  status: statusCode,
  headers,
  body,
});

const isReset = (error: NodeJS.ErrnoException): boolean => error.code === 'ECONNRESET' || error.code === 'EPIPE';
