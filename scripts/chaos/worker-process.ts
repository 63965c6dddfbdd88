import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { run } from '../toolchain/run.mjs';

/** The processes of an emulator, the emulator itself apart: the workers that its functions run in. */
export type Workers = {
  /** Kills the worker that has this port as its end of a connection. Whether there was one. */
  readonly kill: (port: number) => Promise<boolean>;
};

/** Of the emulator whose process group this is, and of no other. */
export const workersOf = (groupId: number): Workers => ({
  kill: async (port) => {
    const members = await membersOf(groupId);
    const owner = members.length === 0 ? undefined : await ownerOf(port, members);
    if (owner === undefined) return false;
    try {
      process.kill(owner, 'SIGKILL');
      return true;
    } catch {
      return false; // it has just ended by itself
    }
  },
});

const membersOf = async (groupId: number): Promise<number[]> => {
  const listed = await run('ps', ['-axo', 'pid=,pgid='], {});
  if (listed.kind !== 'exited') return [];
  return listed.output
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([pid, group]) => group === groupId && pid !== groupId)
    .map(([pid = 0]) => pid);
};

/** Linux tells in files who holds which socket, macOS through a program. */
const ownerOf = (port: number, pids: readonly number[]): Promise<number | undefined> =>
  existsSync('/proc/net/tcp') ? Promise.resolve(ownerByFiles(port, pids)) : ownerByProgram(port, pids);

const ownerByFiles = (port: number, pids: readonly number[]): number | undefined => {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, address]) => address?.endsWith(local))
    .map((columns) => `socket:[${columns[9]}]`);
  return pids.find((pid) => openFilesOf(pid).some((file) => sockets.includes(file)));
};

const openFilesOf = (pid: number): string[] => {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((fd) => {
      try {
        return [readlinkSync(`${folder}/${fd}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // ended meanwhile
  }
};

const ownerByProgram = async (port: number, pids: readonly number[]): Promise<number | undefined> => {
  const listed = await run('lsof', ['-nP', `-iTCP:${port}`, '-Fp'], {});
  if (listed.kind !== 'exited') return undefined;
  const holders = [...listed.output.matchAll(/^p(\d+)$/gm)].map(([, pid]) => Number(pid));
  return holders.find((pid) => pids.includes(pid));
};
