import type { FindApplication, FoundApplication } from '@fanfare/core/find-application';
import type { BackgroundTaskRef } from '@fanfare/core/keys';
import type { ImportTask } from '@fanfare/events/import-task';
import type { AcceptManyPorts } from './accept-many.ts';
import { acceptSourced, type SourcedOutcome } from './accept-sourced.ts';
import { isDamagedFile } from './damaged-file.ts';
import { type EndPorts, fail, finish } from './end-import.ts';
import { putReportOf } from './import-report.ts';
import { GIGABYTE, type ImportedFile, isTooLarge, TEXT_LIMIT_BYTES } from './imported-file.ts';
import { LINE_LIMIT_BYTES, readLine } from './imported-line.ts';
import { EndlessLine, type Line, linesOf, linesTogether } from './lines.ts';
import { type RejectedLinesPorts, rejectedLines } from './rejected-lines.ts';

/** A file as it is read. `read` tells how many bytes of the object that took so far. */
export type OpenFile = { readonly chunks: AsyncIterable<Uint8Array>; readonly read: () => number };

/** Something that every message needs failed: the lines come again. */
export class LinesNotWritten extends Error {
  override readonly name = 'LinesNotWritten';
  readonly lines: number;
  constructor(lines: number, cause: unknown) {
    super(`${lines} lines could not be written`, { cause });
    this.lines = lines;
  }
}

/** What this use case needs from the outside. Reads by key see every write that was answered. */
export type StretchPorts = RejectedLinesPorts &
  EndPorts & {
    readonly findImport: (ref: BackgroundTaskRef) => Promise<ImportTask | undefined>;
    readonly findApplication: FindApplication;
    /** The text of a file from a byte on. Whoever ends before it does lets go of the file. */
    readonly open: (file: ImportedFile, offset: number) => Promise<OpenFile | 'file-gone' | 'file-changed'>;
    readonly accept: Omit<AcceptManyPorts, 'findApplication'>;
    /** Whether there is time for some more lines. */
    readonly mayGoOn: () => boolean;
    readonly sleep: (ms: number) => Promise<void>;
  };

export type StretchSettings = {
  /** Lines of one import. */
  readonly ratePerSecond: number;
  /** Stretches of one execution, because of the length of its history. */
  readonly stretchesPerExecution: number;
  /** Between stretches, for others to have their turn. */
  readonly restSeconds: number;
};

/** Where an import goes on. The state machine hands it on from stretch to stretch. */
export type ImportInput = BackgroundTaskRef & {
  /** The name of the first execution. */
  readonly run: string;
  /** How many executions came before this one, and how many stretches this one has done. */
  readonly execution: number;
  readonly page: number;
};

/** What the state machine does next. `again`: the next stretch. `continue`: the same in a new execution. */
export type StretchTaken = ImportInput & {
  readonly next: 'again' | 'wait' | 'continue' | 'end';
  readonly waitSeconds: number;
};

/** What came of a stretch, from one state of the task to another. `rest`: its time was over. `error`: what ended it. */
export type Walked = {
  readonly next: StretchTaken['next'] | 'rest';
  readonly from: ImportTask;
  readonly task: ImportTask;
  readonly error?: unknown;
};

/**
 * Lines that have one time of acceptance, by their numbers: it is part of their ids, so how many of them are taken at once must not
 * matter, which settings say. The time changes behind each multiple of it, also in a later version.
 */
export const BLOCK_LINES = 500;
const LINE_LIMITS = { kept: LINE_LIMIT_BYTES, passed: GIGABYTE };
const MOST_BYTES = 4 * 1024 * 1024;
/** So that a slow import is seen to move too. */
const MOST_SECONDS = 2;
export const WAIT_SECONDS = 10;

/**
 * Accepts lines of a file from where its import stands, for as long as there is time, and moves the task behind each few hundred
 * of them. Accepted first, moved then: what is done again after a crash makes the same messages. Nothing for a task that is not
 * this run's, or not any more.
 */
export const takeStretch = async (
  input: ImportInput,
  settings: StretchSettings,
  ports: StretchPorts,
): Promise<Walked | undefined> => {
  const { orgId } = input;
  const task = await ports.findImport(input);
  // Somebody else has taken it over, or it was done.
  if (task === undefined || task.run !== input.run || task.status === 'finished') return undefined;
  if (task.status === 'failed') {
    await putReportOf(task, ports.putReport);
    return { next: 'end', from: task, task };
  }
  return { from: task, ...(await walkOrEnd(orgId, task, settings, ports)) };
};

const walkOrEnd = async (
  orgId: string,
  task: ImportTask,
  settings: StretchSettings,
  ports: StretchPorts,
): Promise<Omit<Walked, 'from'>> => {
  if (isTooLarge(task)) return fail(orgId, task, 'file-too-large', ports);
  if (task.bytes === 0) return finish(orgId, task, ports);
  const add = await rejectedLines(task, ports);
  const opened = await ports.open(task, task.offset);
  return typeof opened === 'string'
    ? fail(orgId, task, opened, ports)
    : walk({ orgId, task, opened, settings, ports, add });
};

/** What the state machine is told. */
export const stretchTaken = (
  { orgId, taskId, run, execution, page }: ImportInput,
  { next }: Pick<Walked, 'next'>,
  { stretchesPerExecution, restSeconds }: Omit<StretchSettings, 'ratePerSecond'>,
): StretchTaken => {
  const isLong = next !== 'end' && page + 1 >= stretchesPerExecution;
  return {
    orgId,
    taskId,
    run,
    // The name of the execution that follows is made of it.
    execution: isLong ? execution + 1 : execution,
    page: page + 1,
    next: isLong ? 'continue' : next === 'rest' ? 'wait' : next,
    waitSeconds: next === 'rest' ? restSeconds : WAIT_SECONDS,
  };
};

type Walk = {
  readonly orgId: string;
  readonly task: ImportTask;
  readonly opened: OpenFile;
  readonly settings: StretchSettings;
  readonly ports: StretchPorts;
  readonly add: Awaited<ReturnType<typeof rejectedLines>>;
};

const walk = async (given: Walk): Promise<Omit<Walked, 'from'>> => {
  const { orgId, task, opened, settings, ports } = given;
  const most = Math.min(BLOCK_LINES, Math.max(1, Math.floor(settings.ratePerSecond * MOST_SECONDS)));
  const startedAt = ports.now();
  let seen = task;
  try {
    const limits = { most, bytes: MOST_BYTES, block: BLOCK_LINES };
    const lines = linesTogether(linesOf(opened.chunks, task, LINE_LIMITS), limits);
    for await (const some of lines) {
      // A line is longer than what is read at once, be it one that is passed over: a stretch ends there too.
      if (some.length === 0) {
        if (!ports.mayGoOn()) return { next: 'rest', task: seen };
        continue;
      }
      const application = await ports.findApplication(orgId, task.appId);
      if (application === undefined) return await fail(orgId, seen, 'application-deleted', ports);
      const moved = await takeLines(given, seen, some, application);
      if (moved === 'lost-race') return { next: 'again', task: seen };
      seen = moved;
      if (seen.offset > TEXT_LIMIT_BYTES) return await fail(orgId, seen, 'file-too-large', ports);
      const aheadMs = ((seen.line - task.line) / settings.ratePerSecond) * 1000 - (ports.now() - startedAt);
      if (aheadMs > 0) await ports.sleep(aheadMs);
      if (!ports.mayGoOn()) return { next: 'rest', task: seen };
    }
    return await finish(orgId, seen, ports);
  } catch (error) {
    if (isDamagedFile(error)) return fail(orgId, seen, 'file-damaged', ports);
    if (error instanceof EndlessLine) return fail(orgId, seen, 'file-too-large', ports);
    return { next: 'wait', task: seen, error };
  }
};

const takeLines = async (
  { orgId, opened, ports, add }: Walk,
  seen: ImportTask,
  lines: readonly Line[],
  application: FoundApplication,
): Promise<ImportTask | 'lost-race'> => {
  const sourced = lines.flatMap((line) => readLine(line, { ...seen, orgId }));
  const outcomes = await acceptSourced(sourced, { ...ports.accept, findApplication: async () => application });
  const failed = outcomes.find((outcome) => outcome.kind === 'failed');
  if (failed !== undefined) throw new LinesNotWritten(countOf(outcomes, 'failed'), failed.error);
  const rejected = outcomes.filter((outcome) => outcome.kind === 'rejected');
  const rejectedParts = await add(rejected.map(({ record, reasons }) => ({ line: record, reasons })));
  if (rejectedParts === 'lost-race') return rejectedParts;
  const last = lines.at(-1) as Line;
  const nowMs = ports.now();
  const change = {
    offset: last.end,
    line: last.number,
    read: Math.max(seen.read, Math.min(opened.read(), seen.bytes)),
    at: last.number % BLOCK_LINES === 0 ? Math.max(seen.at, nowMs) : seen.at,
    accepted: seen.accepted + countOf(outcomes, 'accepted'),
    repeated: seen.repeated + countOf(outcomes, 'repeated'),
    rejected: seen.rejected + rejected.length,
    rejectedParts,
    updatedAt: nowMs,
  };
  const changed = await ports.change(orgId, seen, change);
  return changed === 'changed' ? { ...seen, ...change, step: seen.step + 1 } : changed;
};

const countOf = (outcomes: readonly SourcedOutcome<Line>[], kind: SourcedOutcome<Line>['kind']): number =>
  outcomes.filter((outcome) => outcome.kind === kind).length;
