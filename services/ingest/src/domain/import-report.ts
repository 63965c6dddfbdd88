import type { ImportTask } from '@fanfare/events/import-task';
import { rejectedKey } from './imported-file.ts';

/** Puts the report of a file beside it, in the place of an older one. */
export type PutReport = (file: string, report: object) => Promise<void>;

/** What became of a file, for whoever put it there. */
export const reportOf = (task: ImportTask): object => ({
  file: task.file,
  etag: task.etag,
  bytes: task.bytes,
  task: task.id,
  status: task.status,
  ...(task.reason === undefined ? {} : { reason: task.reason }),
  lines: task.line,
  accepted: task.accepted,
  repeated: task.repeated,
  rejected: task.rejected,
  rejectedIn: Array.from({ length: task.rejectedParts }, (_, index) => rejectedKey(task.file, index + 1)),
  startedAt: new Date(task.createdAt).toISOString(),
  endedAt: new Date(task.updatedAt).toISOString(),
});

/** What is said of a file that no import was begun for. */
export const refusalReport = (file: string, reason: string): object => ({ file, status: 'failed', reason });
