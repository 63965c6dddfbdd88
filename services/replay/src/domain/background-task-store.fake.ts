import { type ApplicationRef, replayKey } from '@fanfare/core/keys';
import { within } from '@fanfare/core/span';
import type { BackgroundTask } from '@fanfare/events/background-task';
import { replayIn } from './background-task-json.ts';
import type { BackgroundTaskPorts } from './background-tasks.ts';
import type { Claim, StartReplayPorts } from './start-replay.ts';

export type BackgroundTaskStore = Pick<BackgroundTaskPorts, 'findTask' | 'readTasks' | 'change'> &
  Pick<StartReplayPorts, 'findReplay' | 'findClaim' | 'findRunning' | 'begin'> & {
    /** Puts a task there that another service has begun. */
    readonly put: (orgId: string, task: BackgroundTask) => Promise<void>;
  };

/** Background tasks in memory. `now` is the clock by which claims expire. */
export const fakeBackgroundTaskStore = (now: () => number): BackgroundTaskStore => {
  const tasks = new Map<string, BackgroundTask>();
  const claims = new Map<string, Claim>();
  const rooms = new Map<string, string>();
  const nameOf = (orgId: string, id: string): string => `${orgId} ${id}`;
  const roomOf = (ref: ApplicationRef & { endpointId: string }, request: string): string =>
    Object.values(replayKey(ref, request)).join(' ');
  const isAsSeen = (orgId: string, seen: BackgroundTask): boolean => {
    const standing = tasks.get(nameOf(orgId, seen.id));
    return standing?.status === 'running' && standing.step === seen.step;
  };
  const write = (orgId: string, seen: BackgroundTask, change: Partial<BackgroundTask>): void => {
    const { waitsFor: _, ...standing } = { waitsFor: '', ...(tasks.get(nameOf(orgId, seen.id)) ?? seen) };
    tasks.set(nameOf(orgId, seen.id), { ...standing, ...change, step: seen.step + 1 } as BackgroundTask);
    const replay = replayIn(seen);
    if (change.status !== undefined && replay !== undefined) rooms.delete(roomOf({ orgId, ...replay }, replay.request));
  };

  return {
    findTask: async ({ orgId, taskId }) => tasks.get(nameOf(orgId, taskId)),
    findReplay: async ({ orgId, taskId }) => replayIn(tasks.get(nameOf(orgId, taskId))),
    readTasks: async (orgId, span) =>
      within(
        [...tasks].flatMap(([name, task]) => (name.startsWith(`${orgId} `) ? [task] : [])),
        span,
      ),
    put: async (orgId, task) => void tasks.set(nameOf(orgId, task.id), task),
    findClaim: async (orgId, keyHash) => {
      const found = claims.get(nameOf(orgId, keyHash));
      return found === undefined || found.expiresAt * 1000 < now() ? undefined : found;
    },
    findRunning: async (endpoint, request) => rooms.get(roomOf(endpoint, request)),
    begin: async (orgId, { task, claim, instead }) => {
      const room = roomOf({ orgId, ...task }, task.request);
      const holder = rooms.get(room);
      if (holder !== undefined && holder !== instead?.id) return 'lost-race';
      const claimed = claim && claims.get(nameOf(orgId, claim.keyHash));
      if (claimed !== undefined && claimed.expiresAt * 1000 >= now()) return 'lost-race';
      if (instead !== undefined && !isAsSeen(orgId, instead)) return 'lost-race';
      if (instead !== undefined) write(orgId, instead, { status: 'failed', reason: 'stalled', updatedAt: now() });
      tasks.set(nameOf(orgId, task.id), task);
      rooms.set(room, task.id);
      if (claim !== undefined) claims.set(nameOf(orgId, claim.keyHash), claim);
      return 'begun';
    },
    change: async (orgId, seen, change) => {
      if (!isAsSeen(orgId, seen)) return 'lost-race';
      write(orgId, seen, change);
      return 'changed';
    },
  };
};
