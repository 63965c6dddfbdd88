import { idTimeMs } from '@fanfare/core/ids';
import type { BackgroundTask } from '@fanfare/events/background-task';

/** A task that has not moved for this long is nobody's any more: its steps wait for minutes at the most. */
export const STALLED_MS = 60 * 60_000;

export const isStalled = ({ status, updatedAt }: BackgroundTask, nowMs: number): boolean =>
  status === 'running' && updatedAt + STALLED_MS < nowMs;

/** The task as it counts now. One that stalled has failed, whether somebody has written that yet or not. */
export const asItCounts = (task: BackgroundTask, nowMs: number): BackgroundTask =>
  isStalled(task, nowMs) ? { ...task, status: 'failed', reason: 'stalled' } : task;

/** A background task as the API shows it. Names and statuses are those of the SDKs; `data` is free. */
export const backgroundTaskJson = (stored: BackgroundTask, nowMs: number) => {
  const task = asItCounts(stored, nowMs);
  const progress = progressOf(task);
  return {
    id: task.id,
    task: task.task,
    status: task.status,
    updatedAt: timeText(task.updatedAt),
    data: {
      appId: task.appId,
      endpointId: task.endpointId,
      since: timeText(task.since),
      until: timeText(task.until),
      ...(task.filter === undefined ? {} : { filter: task.filter }),
      ...(task.dryRun === true ? { dryRun: true } : {}),
      messagesSent: task.sent,
      messagesMatched: task.matched,
      scanned: task.scanned,
      progress,
      startedAt: timeText(task.createdAt),
      ...(task.status === 'running' ? { estimatedEnd: estimatedEnd(task, progress, nowMs) } : {}),
      ...(task.waitsFor === undefined || task.status !== 'running' ? {} : { waitsFor: task.waitsFor }),
      ...(task.reason === undefined ? {} : { reason: task.reason }),
    },
  };
};

/** The share of the time range that was walked through, 0 to 1: it says nothing of how much lies where. */
const progressOf = ({ status, cursor, since, until }: BackgroundTask): number => {
  if (status === 'finished') return 1;
  if (cursor === undefined) return 0;
  const share = (idTimeMs(cursor) - since) / Math.max(1, until - since);
  return Math.round(Math.min(1, Math.max(0, share)) * 1000) / 1000;
};

/** As if the rest took as long as what was walked through; `null` as long as nothing can be told. */
const estimatedEnd = ({ createdAt }: BackgroundTask, progress: number, nowMs: number): string | null =>
  progress === 0 ? null : timeText(nowMs + ((nowMs - createdAt) * (1 - progress)) / progress);

const timeText = (atMs: number): string => new Date(atMs).toISOString();
