import type { Principal } from '@fanfare/core/auth/token';
import { idTimeMs } from '@fanfare/core/ids';
import type { BackgroundTask } from '@fanfare/events/background-task';
import { IMPORT, type ImportTask } from '@fanfare/events/import-task';
import type { ReplayTask } from '@fanfare/events/replay-task';

/** A replay that has not moved for this long is nobody's any more: its steps wait for minutes at the most. */
export const STALLED_MS = 60 * 60_000;
/** An import may stand behind others, which take their turns of ten minutes. */
export const IMPORT_STALLED_MS = 6 * STALLED_MS;

export const isStalled = (
  { task, status, updatedAt }: Pick<BackgroundTask, 'task' | 'status' | 'updatedAt'>,
  nowMs: number,
): boolean => status === 'running' && updatedAt + (task === IMPORT ? IMPORT_STALLED_MS : STALLED_MS) < nowMs;

/** The task as it counts now. One that stalled has failed, whether somebody has written that yet or not. */
export const asItCounts = (task: BackgroundTask, nowMs: number): BackgroundTask =>
  isStalled(task, nowMs) ? { ...task, status: 'failed', reason: 'stalled' } : task;

/** The task if it is a replay: there are tasks of other services. */
export const replayIn = (task: BackgroundTask | undefined): ReplayTask | undefined =>
  task === undefined || task.task === IMPORT ? undefined : task;

/**
 * A background task as the API shows it. Names and statuses are those of the SDKs; `data` is free. An application's portal is not
 * told where its producer's files lie.
 */
export const backgroundTaskJson = (
  stored: BackgroundTask,
  nowMs: number,
  viewer: Principal['kind'] = 'organisation',
) => {
  const task = asItCounts(stored, nowMs);
  const progress = progressOf(task);
  return {
    id: task.id,
    task: task.task,
    status: task.status,
    updatedAt: timeText(task.updatedAt),
    data: {
      ...(task.task === IMPORT ? importData(task, viewer) : replayData(task)),
      progress,
      startedAt: timeText(task.createdAt),
      ...(task.status === 'running' ? { estimatedEnd: estimatedEnd(task, progress, nowMs) } : {}),
      ...(task.reason === undefined ? {} : { reason: task.reason }),
    },
  };
};

const replayData = (task: ReplayTask) => ({
  appId: task.appId,
  endpointId: task.endpointId,
  since: timeText(task.since),
  until: timeText(task.until),
  ...(task.filter === undefined ? {} : { filter: task.filter }),
  ...(task.dryRun === true ? { dryRun: true } : {}),
  messagesSent: task.sent,
  messagesMatched: task.matched,
  scanned: task.scanned,
  ...(task.waitsFor === undefined || task.status !== 'running' ? {} : { waitsFor: task.waitsFor }),
});

const importData = (
  { appId, file, bytes, line, accepted, repeated, rejected }: ImportTask,
  viewer: Principal['kind'],
) => ({
  appId,
  ...(viewer === 'organisation' ? { file } : {}),
  bytes,
  lines: line,
  messagesAccepted: accepted,
  messagesRepeated: repeated,
  linesRejected: rejected,
});

/** The share that was walked through, 0 to 1: of a file, or of a time range, of which it does not say how much lies where. */
const progressOf = (task: BackgroundTask): number => {
  if (task.status === 'finished') return 1;
  return Math.round(Math.min(1, Math.max(0, shareOf(task))) * 1000) / 1000;
};

const shareOf = (task: BackgroundTask): number => {
  if (task.task === IMPORT) return task.read / Math.max(1, task.bytes);
  const { cursor, since, until } = task;
  return cursor === undefined ? 0 : (idTimeMs(cursor) - since) / Math.max(1, until - since);
};

/** As if the rest took as long as what was walked through; `null` as long as nothing can be told. */
const estimatedEnd = ({ createdAt }: BackgroundTask, progress: number, nowMs: number): string | null =>
  progress === 0 ? null : timeText(nowMs + ((nowMs - createdAt) * (1 - progress)) / progress);

const timeText = (atMs: number): string => new Date(atMs).toISOString();
