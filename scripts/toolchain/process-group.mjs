import { setTimeout as wait } from 'node:timers/promises';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

const GRACE_MILLISECONDS = 1500;
const POLL_MILLISECONDS = 25;
/** Killed processes that nobody collects, as in a container without an init process, look alive for ever. */
const UNCOLLECTED_MILLISECONDS = 3000;

/** @type {Set<number>} */
const tracked = new Set();

/** Whatever ends this process, also an error nobody expected, ends what it started. */
process.on('exit', () => {
  for (const groupId of tracked) signalGroup(groupId, 'SIGKILL');
});

/**
 * Ties a detached child's process group to the life of this process.
 *
 * @param {ChildProcess} child
 */
export const trackGroup = (child) => {
  const groupId = groupOf(child);
  tracked.add(groupId);
  child.once('exit', () => {
    if (!groupIsAlive(groupId)) tracked.delete(groupId);
  });
};

/** Lets a group outlive this process. @param {ChildProcess} child */
export const releaseGroup = (child) => {
  tracked.delete(groupOf(child));
  child.unref();
};

/** Stops a child with everything it started. @param {ChildProcess} child */
export const stopGroup = (child) => stopGroupById(groupOf(child));

/**
 * Asks a process group to end, insists after a moment, and returns when no process of it is left.
 *
 * @param {number} groupId
 */
export const stopGroupById = async (groupId) => {
  signalGroup(groupId, 'SIGTERM');
  const insistAt = performance.now() + GRACE_MILLISECONDS;
  while (groupIsAlive(groupId) && performance.now() < insistAt + UNCOLLECTED_MILLISECONDS) {
    if (performance.now() > insistAt) signalGroup(groupId, 'SIGKILL');
    await wait(POLL_MILLISECONDS);
  }
  tracked.delete(groupId);
};

/** @type {(groupId: number) => boolean} */
export const groupIsAlive = (groupId) => signalGroup(groupId, 0);

/** @type {(groupId: number, signal: NodeJS.Signals | 0) => boolean} */
const signalGroup = (groupId, signal) => {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
};

/** @type {(child: ChildProcess) => number} */
const groupOf = (child) => {
  if (child.pid === undefined) throw new Error('the process was never started');
  return child.pid;
};
