import type { ImportTask } from '@fanfare/events/import-task';
import { rejectedKey, reportKey, reportKeyOf } from './imported-file.ts';

/** Puts a report under a key, in the place of an older one. */
export type PutReport = (key: string, report: object) => Promise<void>;

/**
 * Reports the end of an import beside its file, under a name of its own and as the newest of the file. Of a file that is not there
 * any more there is no report: what lies there now, if anything does, gets its own.
 */
export const putReportOf = async (task: ImportTask, putReport: PutReport): Promise<void> => {
  if (task.reason === 'file-gone' || task.reason === 'file-changed') return;
  const report = reportOf(task);
  await putReport(reportKeyOf(task), report);
  await putReport(reportKey(task.file), report);
};

/** What became of a file, for whoever put it there. */
const reportOf = (task: ImportTask): object => ({
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
  rejectedIn: Array.from({ length: task.rejectedParts }, (_, index) => rejectedKey(task, index + 1)),
  startedAt: new Date(task.createdAt).toISOString(),
  endedAt: new Date(task.updatedAt).toISOString(),
});

/** What is said of a file that no import was begun for. */
export const refusalReport = (file: string, reason: string): object => ({ file, status: 'failed', reason });
