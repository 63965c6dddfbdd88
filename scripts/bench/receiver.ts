import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint that answers 204 at once and counts. */
type Receiver = {
  readonly url: string;
  readonly count: () => number;
  readonly reached: (wanted: number, withinMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const countingReceiver = async (): Promise<Receiver> => {
  let count = 0;
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      count += 1;
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reached = async (wanted: number, withinMs: number) => {
    const deadline = Date.now() + withinMs;
    while (count < wanted) {
      if (Date.now() > deadline) throw new Error(`${count} of ${wanted} events were received in ${withinMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, count: () => count, reached, close };
};
