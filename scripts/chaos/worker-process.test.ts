import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stopGroup } from '../toolchain/process-group.mjs';
import { workersOf } from './worker-process.ts';

let server: Server;
let groups: ChildProcess[];

beforeEach(async () => {
  groups = [];
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await Promise.all(groups.map((group) => stopGroup(group)));
  server.close();
});

/** An emulator with a worker that has a call under way. */
const startWorker = async () => {
  const { port } = server.address() as { port: number };
  const connect = `require('net').connect(${port}, '127.0.0.1'); setInterval(() => {}, 1000)`;
  const work = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(connect)}])
    .on('exit', (_code, signal) => console.log(signal)); setInterval(() => {}, 1000)`;
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const emulator = spawn(process.execPath, ['-e', work], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  groups.push(emulator);
  const [socket] = await connected;
  socket.on('error', () => {});
  return {
    groupId: emulator.pid ?? 0,
    port: socket.remotePort ?? 0,
    ended: once(emulator.stdout, 'data').then(([text]) => String(text).trim()),
    isAlive: () => !socket.destroyed && !socket.readableEnded,
  };
};

describe('a worker', () => {
  test('is found by the port of its call and killed, without its emulator', async () => {
    const worker = await startWorker();
    expect(await workersOf(worker.groupId).kill(worker.port)).toBe(true);
    // Its emulator lives on to tell.
    expect(await worker.ended).toBe('SIGKILL');
  });

  test('of another emulator is left alone', async () => {
    const [own, other] = [await startWorker(), await startWorker()];
    expect(await workersOf(own.groupId).kill(other.port)).toBe(false);
    expect(other.isAlive()).toBe(true);
  });

  test('that is gone already was not killed', async () => {
    const worker = await startWorker();
    await workersOf(worker.groupId).kill(worker.port);
    await worker.ended;
    expect(await workersOf(worker.groupId).kill(worker.port)).toBe(false);
  });
});
