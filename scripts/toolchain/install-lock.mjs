import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MILLISECONDS = 200;

/**
 * Does `work` while no other process does the same under this lock file. A lock whose owner died is taken over.
 *
 * @template T
 * @param {string} file
 * @param {{ signal: AbortSignal, onWait: (ownerPid: number) => void }} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const holdingLock = async (file, { signal, onWait }, work) => {
  mkdirSync(dirname(file), { recursive: true });
  let announced = false;
  while (!tryToTake(file)) {
    const owner = ownerOf(file);
    if (owner !== undefined && !isAlive(owner)) rmSync(file, { force: true });
    else {
      if (!announced && owner !== undefined) onWait(owner);
      announced = true;
      await wait(POLL_MILLISECONDS);
    }
    signal.throwIfAborted();
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
};

/** @type {(file: string) => boolean} */
const tryToTake = (file) => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
};

/** The owner's process id, or undefined in the moment between the file's creation and its first byte. @type {(file: string) => number | undefined} */
const ownerOf = (file) => {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || undefined;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** @type {(pid: number) => boolean} */
const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
};
