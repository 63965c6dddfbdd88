import type { Principal } from '@fanfare/core/auth/token';
import { type LostRace, untilSettled, type Waiting } from '@fanfare/core/contended';
import { isExpired } from '@fanfare/core/expiry';
import { type Answer, json, type Refusal } from '@fanfare/core/http/answer';
import { checked } from '@fanfare/core/http/body';
import { type Page, type PageRequest, pageOf, pageRequest } from '@fanfare/core/http/page';
import { isId } from '@fanfare/core/ids';
import type { BackgroundTaskRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { Chunk, Span } from '@fanfare/core/span';
import type { BackgroundTask } from '@fanfare/events/background-task';
import { IMPORT } from '@fanfare/events/import-task';
import type { ReplayTask } from '@fanfare/events/replay-task';
import * as z from 'zod/mini';
import { asItCounts, backgroundTaskJson } from './background-task-json.ts';

/** What these use cases need from the outside. */
export type BackgroundTaskPorts = Waiting & {
  readonly findTask: (ref: BackgroundTaskRef) => Promise<BackgroundTask | undefined>;
  /** Of an organisation, ordered by id. */
  readonly readTasks: (orgId: string, span: Span) => Promise<Chunk<BackgroundTask>>;
  readonly change: ChangeTask;
  readonly now: () => number;
};

/**
 * Changes a task that runs, if it has taken no step since it was `seen`. One that ends leaves room for another that does the
 * same.
 */
export type ChangeTask = (orgId: string, seen: BackgroundTask, change: TaskChange) => Promise<'changed' | LostRace>;

/** What changes by a step. What is not named stays as it is. */
export type TaskChange = Partial<
  Pick<ReplayTask, 'status' | 'reason' | 'cursor' | 'scanned' | 'matched' | 'sent' | 'waitsFor'>
> &
  Pick<ReplayTask, 'updatedAt'>;

/** A filter that matches little must end: after this many chunks the page is returned as it is, short. */
const MAX_CHUNKS = 4;
const CHUNK_SIZE = 250;

const filters = z.object({
  status: z.optional(z.enum(['running', 'finished', 'failed'], 'must be running, finished or failed')),
  /** Tasks of other kinds there are none of, so a name of the API that is not one of ours finds nothing. */
  task: z.optional(z.string().check(z.regex(/^[a-z._-]{1,64}$/, 'is not the name of a task'))),
});

/** The tasks of an organisation, the newest first unless the order is asked for. */
export const listBackgroundTasks = async (
  orgId: string,
  query: Readonly<Record<string, string | undefined>>,
  ports: BackgroundTaskPorts,
): Promise<Result<Answer, Refusal>> => {
  const request = pageRequest(query);
  if (!request.ok) return request;
  const filter = checked(query, filters, 'query');
  if (!filter.ok) return filter;
  const nowMs = ports.now();
  const belongs = (task: BackgroundTask): boolean =>
    !isExpired(task, nowMs) &&
    (filter.value.status === undefined || filter.value.status === asItCounts(task, nowMs).status) &&
    isAskedFor(task, filter.value.task);
  const page = await walk(orgId, request.value, belongs, ports);
  return ok(json(200, { ...page, data: page.data.map((task) => backgroundTaskJson(task, nowMs)) }));
};

/** An SDK may know the API's own tasks alone, and take a whole page for broken that holds another one: an import is of ours. */
const isAskedFor = ({ task }: BackgroundTask, wanted: string | undefined): boolean =>
  wanted === undefined ? task !== IMPORT : task === wanted;

const walk = async (
  orgId: string,
  request: PageRequest,
  belongs: (task: BackgroundTask) => boolean,
  { readTasks }: BackgroundTaskPorts,
): Promise<Page<BackgroundTask>> => {
  const newestFirst = (request.order !== 'ascending') !== request.backwards;
  const rows: BackgroundTask[] = [];
  let passed = request.from;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks += 1) {
    const bound = newestFirst ? { olderThan: passed } : { newerThan: passed };
    const { items, more } = await readTasks(orgId, { ...bound, newestFirst, limit: CHUNK_SIZE });
    rows.push(...items.filter(belongs));
    if (rows.length > request.limit || !more) return pageOf(rows, request, ({ id }) => id);
    passed = items.at(-1)?.id;
  }
  return { ...pageOf(rows, request, ({ id }) => id), iterator: passed ?? null, done: false };
};

/** One task, if the caller may see it: an application's portal sees its own. Another's looks like none at all. */
export const backgroundTaskFor = async (
  principal: Principal,
  taskId: string,
  ports: Pick<BackgroundTaskPorts, 'findTask' | 'now'>,
): Promise<Result<BackgroundTask, Refusal>> => {
  if (!isId('qtask', taskId)) return MISSING;
  const found = await ports.findTask({ orgId: principal.orgId, taskId });
  if (found === undefined || isExpired(found, ports.now())) return MISSING;
  return principal.kind === 'application' && principal.appId !== found.appId ? MISSING : ok(found);
};

/**
 * Ends a task that runs; one that ended stays as it is. What is published already goes out. A step that is under way finds
 * that the task has ended when it wants to go on. An import is for its producer to end, who put its file there.
 */
export const cancelBackgroundTask = (
  principal: Principal,
  taskId: string,
  ports: BackgroundTaskPorts,
): Promise<Result<BackgroundTask, Refusal>> =>
  untilSettled(async () => {
    const found = await backgroundTaskFor(principal, taskId, ports);
    if (found.ok && found.value.task === IMPORT && principal.kind === 'application') return FORBIDDEN;
    if (!found.ok || found.value.status !== 'running') return found;
    const canceled = { status: 'failed', reason: 'canceled', updatedAt: ports.now() } as const;
    const outcome = await ports.change(principal.orgId, found.value, canceled);
    return outcome === 'lost-race' ? outcome : ok({ ...found.value, ...canceled });
  }, ports);

const FORBIDDEN = err({ kind: 'forbidden' } as const);
const MISSING = err({ kind: 'not-found', detail: 'There is no such background task.' } as const);
