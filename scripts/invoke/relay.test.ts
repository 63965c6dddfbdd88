import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import { LOOPBACK } from '../environment/port.ts';
import { startRelay } from './relay.ts';

/** Another address of this machine, as a container's bridge is. */
const OUTSIDE = process.platform === 'linux' ? '127.0.0.2' : '::1';
const outsideUrl = (port: number) => `http://${OUTSIDE.includes(':') ? `[${OUTSIDE}]` : OUTSIDE}:${port}`;

test('a relay leads to the same port of loopback, and no longer once it is stopped', async () => {
  const server = createServer((_request, response) => void response.end('hello')).listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const stop = await startRelay(OUTSIDE, port);
  expect(await (await fetch(outsideUrl(port))).text()).toBe('hello');
  stop();
  await expect(fetch(outsideUrl(port))).rejects.toThrow();
  server.closeAllConnections();
  server.close();
});
