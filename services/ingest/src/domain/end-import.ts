import type { BackgroundTaskRef } from '@fanfare/core/keys';
import type { ImportTask } from '@fanfare/events/import-task';
import type { BeginImportPorts, ChangeImport } from './begin-import.ts';
import { type PutReport, putReportOf } from './import-report.ts';

/** What these use cases need from the outside. */
export type EndPorts = {
  readonly change: ChangeImport;
  readonly putReport: PutReport;
  readonly now: () => number;
};

/** `again`: somebody else has changed the task meanwhile. */
type Ended = { readonly next: 'end' | 'again'; readonly task: ImportTask };

/** Ends an import whose lines are all done. The report first: an import that has ended has one. */
export const finish = async (orgId: string, task: ImportTask, ports: EndPorts): Promise<Ended> => {
  const change = { status: 'finished', read: task.bytes, updatedAt: ports.now() } as const;
  await putReportOf({ ...task, ...change }, ports.putReport);
  return end(orgId, task, change, ports);
};

/** Ends an import that cannot be done, or not from here on. What was accepted stands. */
export const fail = async (orgId: string, task: ImportTask, reason: string, ports: EndPorts): Promise<Ended> => {
  const change = { status: 'failed', reason, updatedAt: ports.now() } as const;
  await putReportOf({ ...task, ...change }, ports.putReport);
  return end(orgId, task, change, ports);
};

const end = async (
  orgId: string,
  task: ImportTask,
  change: Parameters<ChangeImport>[2],
  { change: write }: EndPorts,
): Promise<Ended> => {
  const changed = await write(orgId, task, change);
  return changed === 'changed' ? { next: 'end', task: { ...task, ...change } } : { next: 'again', task };
};

/** Ends an import whose stretches cannot be done, for its file to be put again. One that has ended, or is another's, stays. */
export const giveUpImport = async (
  { orgId, taskId, run }: BackgroundTaskRef & Pick<ImportTask, 'run'>,
  { findImport, change, putReport, now }: EndPorts & Pick<BeginImportPorts, 'findImport'>,
): Promise<void> => {
  const task = await findImport({ orgId, taskId });
  if (task?.status !== 'running' || task.run !== run) return;
  const failed = { status: 'failed', reason: 'fault', updatedAt: now() } as const;
  const changed = await change(orgId, task, failed);
  if (changed === 'changed') await putReportOf({ ...task, ...failed }, putReport);
};
