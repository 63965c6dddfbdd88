import { type LostRace, untilSettled, type Waiting } from '@fanfare/core/contended';
import type { FindApplication } from '@fanfare/core/find-application';
import type { ApplicationRef, BackgroundTaskRef } from '@fanfare/core/keys';
import { IMPORT, type ImportTask } from '@fanfare/events/import-task';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { type PutReport, refusalReport } from './import-report.ts';
import { contentHash, hasRoomBeside, type ImportedFile, ownerOf, reportKey } from './imported-file.ts';

/** What changes by a stretch, or when an import is taken up again. What is not named stays as it is. */
export type ImportChange = Partial<
  Pick<
    ImportTask,
    'status' | 'reason' | 'offset' | 'line' | 'read' | 'at' | 'accepted' | 'repeated' | 'rejected' | 'rejectedParts'
  > &
    Pick<ImportTask, 'run' | 'version'>
> &
  Pick<ImportTask, 'updatedAt'>;

/** Changes a task that nobody has changed since it was `seen`. One that runs again has no reason any more. */
export type ChangeImport = (orgId: string, seen: ImportTask, change: ImportChange) => Promise<'changed' | LostRace>;

/** What this use case needs from the outside. Reads by key see every write that was answered. */
export type BeginImportPorts = Waiting & {
  /** `undefined` where there is none any more. */
  readonly findFile: (key: string) => Promise<ImportedFile | undefined>;
  readonly findApplication: FindApplication;
  readonly findImport: (ref: BackgroundTaskRef) => Promise<ImportTask | undefined>;
  /** The task that imports a file with this content, by its id. */
  readonly findImportOf: (application: ApplicationRef, content: string) => Promise<string | undefined>;
  /** Writes task and what others find it by, both or neither. */
  readonly begin: (orgId: string, task: ImportTask, content: string) => Promise<'begun' | LostRace>;
  readonly change: ChangeImport;
  readonly putReport: PutReport;
  readonly mintTaskId: (atMs: number) => string;
  readonly now: () => number;
};

/** What came of a file that was put into the bucket. */
export type BegunImport =
  | { readonly kind: 'begun' | 'resumed' | 'taken-over'; readonly orgId: string; readonly taskId: string }
  /** Another execution works on it, or the file has been imported, or its import was stopped and it was not put again. */
  | { readonly kind: 'left'; readonly orgId: string; readonly taskId: string }
  | { readonly kind: 'refused'; readonly reason: 'key-malformed' | 'key-too-long' | 'application-not-found' }
  | { readonly kind: 'gone' };

/** A file that is to be imported. `isAsked`: by somebody who knows that its import was stopped, whether it was put again or not. */
export type ImportRequest = { readonly key: string; readonly run: string; readonly isAsked?: boolean };

/**
 * A run moves its task every few seconds, and is tried again for a quarter of an hour. Behind that nobody works on it, or it waits
 * for its turn behind others, and finds then that it was taken over.
 */
export const RUN_LOST_MS = 20 * 60_000;

/**
 * Begins the import of a file, or takes up one that was stopped: the same file as it was, put there once more, goes on where its
 * import stands, and one that has been imported is left. `run` is the execution that is to do it.
 */
export const beginImport = async (request: ImportRequest, ports: BeginImportPorts): Promise<BegunImport> => {
  const { key } = request;
  // Nothing can be said beside it: its log tells.
  if (!hasRoomBeside(key)) return { kind: 'refused', reason: 'key-too-long' };
  const owner = ownerOf(key);
  if (owner === undefined) return refuse(key, 'key-malformed', ports);
  const application = await ports.findApplication(owner.orgId, owner.application);
  if (application === undefined) return refuse(key, 'application-not-found', ports);
  const file = await ports.findFile(key);
  if (file === undefined) return { kind: 'gone' };
  return untilSettled(() => beginOrJoin(application, file, request, ports), ports);
};

const refuse = async (
  key: string,
  reason: Extract<BegunImport, { kind: 'refused' }>['reason'],
  { putReport }: BeginImportPorts,
): Promise<BegunImport> => {
  await putReport(reportKey(key), refusalReport(key, reason));
  return { kind: 'refused', reason };
};

const beginOrJoin = async (
  { orgId, appId }: ApplicationRef,
  file: ImportedFile,
  { run, isAsked = false }: ImportRequest,
  ports: BeginImportPorts,
): Promise<BegunImport | LostRace> => {
  const content = contentHash(file);
  const nowMs = ports.now();
  const taskId = await ports.findImportOf({ orgId, appId }, content);
  const found = taskId === undefined ? undefined : await ports.findImport({ orgId, taskId });
  if (found === undefined) {
    const task = taskOf(appId, file, run, ports.mintTaskId(nowMs), nowMs);
    const begun = await ports.begin(orgId, task, content);
    return begun === 'begun' ? { kind: begun, orgId, taskId: task.id } : begun;
  }
  const ref = { orgId, taskId: found.id };
  // This state was repeated.
  if (found.status === 'running' && found.run === run) return { kind: 'begun', ...ref };
  const kind = whatToDo(found, isAsked || found.version !== file.version, nowMs);
  if (kind === 'left') return { kind, ...ref };
  const changed = await ports.change(orgId, found, {
    status: 'running',
    run,
    version: file.version,
    updatedAt: nowMs,
  });
  return changed === 'changed' ? { kind, ...ref } : changed;
};

/**
 * A notice may come twice: what somebody stopped goes on when that is wanted, and not when it is told of again. What a fault
 * stopped everybody wants.
 */
const whatToDo = (
  { status, reason, updatedAt }: ImportTask,
  isWanted: boolean,
  nowMs: number,
): 'resumed' | 'taken-over' | 'left' => {
  if (status === 'failed') return isWanted || reason === 'fault' ? 'resumed' : 'left';
  return status === 'running' && updatedAt + RUN_LOST_MS < nowMs ? 'taken-over' : 'left';
};

const taskOf = (appId: string, file: ImportedFile, run: string, id: string, nowMs: number): ImportTask => ({
  kind: 'background-task',
  id,
  task: IMPORT,
  status: 'running',
  appId,
  ...file,
  run,
  step: 0,
  offset: 0,
  line: 0,
  read: 0,
  at: nowMs,
  accepted: 0,
  repeated: 0,
  rejected: 0,
  rejectedParts: 0,
  createdAt: nowMs,
  updatedAt: nowMs,
  expiresAt: Math.floor(nowMs / 1000) + RETENTION_SECONDS,
});
