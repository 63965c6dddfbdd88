import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { LOOPBACK } from '../environment/port.ts';

/**
 * Listens on an address that containers can reach and passes every connection on to the same port of loopback,
 * where the emulator is. The emulator itself stays out of everybody else's reach. Returns how to stop it.
 */
export const startRelay = async (address: string, port: number): Promise<() => void> => {
  const sockets = new Set<Socket>();
  const server = createServer((outer) => {
    const inner = connect(port, LOOPBACK);
    for (const socket of [outer, inner]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    outer.pipe(inner).pipe(outer);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
};
