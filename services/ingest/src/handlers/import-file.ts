import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { payloadBucket } from '@fanfare/core/aws/payload-bucket';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig, wholeNumber } from '@fanfare/core/config';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { activityTable } from '../adapters/activity-table.ts';
import { freshMessages } from '../adapters/fresh-messages.ts';
import { importBucket } from '../adapters/import-bucket.ts';
import { importTable } from '../adapters/import-table.ts';
import { messageTable } from '../adapters/message-table.ts';
import { activityMarker } from '../domain/activity.ts';
import { beginImport } from '../domain/begin-import.ts';
import { giveUpImport } from '../domain/end-import.ts';
import { LinesNotWritten, type StretchTaken, stretchTaken, takeStretch, type Walked } from '../domain/take-stretch.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    PAYLOADS_BUCKET: name,
    IMPORTS_BUCKET: name,
    RATE_PER_SECOND: wholeNumber,
    STRETCHES_PER_EXECUTION: wholeNumber,
    STRETCH_SECONDS: wholeNumber,
    REST_SECONDS: wholeNumber,
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const ports = {
  ...waiting,
  ...importTable(client, config.TABLE_NAME, Date.now),
  ...importBucket(config.IMPORTS_BUCKET),
  findApplication: applicationFinder(client, config.TABLE_NAME),
  accept: {
    ...messageTable(client, config.TABLE_NAME, Date.now, waiting),
    saveFresh: freshMessages(client, config.TABLE_NAME, waiting),
    keepPayload: payloadBucket(config.PAYLOADS_BUCKET).keep,
    markActive: activityMarker(activityTable(client, config.TABLE_NAME), Date.now),
    now: Date.now,
  },
  mintTaskId: (atMs: number) => mintId('qtask', atMs, new Uint8Array(randomBytes(RANDOM_BYTES))),
  now: Date.now,
};
const settings = {
  ratePerSecond: config.RATE_PER_SECOND,
  stretchesPerExecution: config.STRETCHES_PER_EXECUTION,
  restSeconds: config.REST_SECONDS,
};

/** What some hundred lines may take at the most, while the table is slow. */
const MARGIN_MS = 120_000;

/** `detail` is that of the notice, or of whoever starts an execution by hand: docs/runbooks/import-failed.md. */
const beginning = z.object({
  run: z.string(),
  key: z.string(),
  detail: z.optional(z.object({ resume: z.optional(z.boolean()) })),
});
const going = z.object({
  orgId: z.string(),
  taskId: z.string(),
  run: z.string(),
  execution: z.int(),
  page: z.int(),
  /** What kept the stretch before from being done, when the state machine has given up on it. */
  failure: z.optional(z.unknown()),
});

/** Called by the state machine: begins the import of a file, does a stretch of it, or ends one whose stretches fail. */
export const handler = async (
  event: unknown,
  context: Context,
): Promise<StretchTaken | { next: 'end' } | undefined> => {
  logger.refreshSampleRateCalculation();
  try {
    const first = beginning.safeParse(event);
    if (first.success) return await begin(first.data);
    const input = going.parse(event);
    if (input.failure === undefined) return await goOn(input, context);
    await giveUpImport(input, ports);
    logger.error('import.given-up', { org_id: input.orgId, task_id: input.taskId, run: input.run });
    return undefined;
  } finally {
    publish(metrics, takeUnits());
  }
};

/** Executions that follow have names of 80 characters at the most, made of the first one's and a number. */
const RUN_LENGTH = 64;

const begin = async ({ key, detail, ...first }: z.infer<typeof beginning>): Promise<StretchTaken | { next: 'end' }> => {
  const run = first.run.slice(0, RUN_LENGTH);
  const { kind, ...begun } = await beginImport({ key, run, isAsked: detail?.resume === true }, ports);
  const ids = 'taskId' in begun ? { org_id: begun.orgId, task_id: begun.taskId } : begun;
  logger.info(`import.${kind}`, { key, run, ...ids });
  if (kind === 'left' || !('taskId' in begun)) return { next: 'end' };
  return { ...begun, run, execution: 0, page: 0, next: 'again', waitSeconds: 0 };
};

const goOn = async (input: z.infer<typeof going>, context: Context): Promise<StretchTaken> => {
  const endAt = Math.min(
    Date.now() + config.STRETCH_SECONDS * 1000,
    Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS,
  );
  const walked = await takeStretch(input, settings, { ...ports, mayGoOn: () => Date.now() < endAt });
  if (walked === undefined) return stretchTaken(input, { next: 'end' }, settings);
  report(input.orgId, walked);
  // One that came forward has ended well: the state machine counts how often it is tried again.
  if (walked.error !== undefined && walked.task.step === walked.from.step) throw walked.error;
  return stretchTaken(input, walked, settings);
};

const report = (orgId: string, { next, from, task, error }: Walked): void => {
  const ids = { org_id: orgId, task_id: task.id };
  if (error !== undefined) logger.error('import.held-up', { ...ids, error: error as Error });
  const of = (name: 'accepted' | 'repeated' | 'rejected'): number => task[name] - from[name];
  count(metrics, METRIC.messageNotWritten, error instanceof LinesNotWritten ? error.lines : 0);
  count(metrics, METRIC.messageAccepted, of('accepted'));
  count(metrics, METRIC.messageRepeated, of('repeated'));
  count(metrics, METRIC.messageRejected, of('rejected'));
  const { status, reason, line, accepted, repeated, rejected } = task;
  const facts = { ...ids, app_id: task.appId, next, status, reason, lines: line, accepted, repeated, rejected };
  if (status === 'running') logger.debug('import.stretch-taken', facts);
  else logger.info('import.ended', facts);
};
