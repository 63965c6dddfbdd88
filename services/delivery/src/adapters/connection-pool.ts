import { type AgentOptions, Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { ResolvedAddress } from '@fanfare/core/egress/checked-addresses';

type Config = {
  readonly now: () => number;
  /** How long a connection may wait for more work, by the clock on the wall. */
  readonly idleMs: number;
  /** Connections that may wait for more work when an invocation ends. */
  readonly maxIdle: number;
  /** Further certificate authorities, for tests. */
  readonly ca?: string | undefined;
};

export type Target = { readonly isSecure: boolean; readonly hostname: string; readonly port: number };

export type ConnectionPool = {
  /** The agent for one request to a target whose addresses were checked just now. */
  readonly agentFor: (target: Target, addresses: readonly ResolvedAddress[]) => PlainAgent;
  /** Closes the connections that have waited longest, down to the limit. For the end of an invocation. */
  readonly trim: () => void;
};

/**
 * Connections that are kept for more work. Each is pinned to the address that it was made to: one whose address is not
 * among those that were just checked is closed instead of used, and so is one that has waited for too long. An
 * environment freezes between invocations and its timers with it, so the waiting is measured again when it is over: what
 * lies between may have forgotten the connection without a word.
 */
export const connectionPool = ({ now, idleMs, maxIdle, ca }: Config): ConnectionPool => {
  const freedAt = new WeakMap<Socket, number>();
  const settings: AgentOptions = { keepAlive: true, timeout: idleMs };
  const agents = { plain: new PlainAgent(settings), secure: new SecureAgent({ ...settings, ca }) };
  for (const agent of Object.values(agents)) {
    agent.getName = (options?: { host?: string | undefined; port?: string | number | undefined }) =>
      nameOf(options?.host ?? '', Number(options?.port));
    agent.on('free', (socket: Socket) => void freedAt.set(socket, now()));
  }

  /** The server's own limit, when it tells one, is the socket's time by now. */
  const hasExpired = (socket: Socket): boolean => {
    const limitMs = Math.min(idleMs, socket.timeout || idleMs);
    return now() - (freedAt.get(socket) ?? 0) >= limitMs;
  };

  const agentFor: ConnectionPool['agentFor'] = ({ isSecure, hostname, port }, addresses) => {
    const agent = isSecure ? agents.secure : agents.plain;
    const isChecked = (socket: Socket): boolean => addresses.some(({ address }) => address === socket.remoteAddress);
    for (const socket of [...(agent.freeSockets[nameOf(hostname, port)] ?? [])]) {
      if (!isChecked(socket) || hasExpired(socket)) drop(socket);
    }
    return agent;
  };

  const trim = (): void => {
    const idle = Object.values(agents).flatMap(({ freeSockets }) =>
      Object.values(freeSockets).flatMap((sockets) => sockets ?? []),
    );
    idle.sort((one, other) => (freedAt.get(one) ?? 0) - (freedAt.get(other) ?? 0));
    for (const socket of idle.slice(0, Math.max(0, idle.length - maxIdle))) drop(socket);
  };
  return { agentFor, trim };
};

const nameOf = (host: string, port: number): string => `${host}:${port}`;

/** Out of the pool at once: until it has closed, the agent would still hand it out. */
const drop = (socket: Socket): void => {
  socket.emit('agentRemove');
  socket.destroy();
};
