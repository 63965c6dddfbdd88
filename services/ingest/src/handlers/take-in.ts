import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { tableClient } from '@fanfare/core/aws/table-client';
import { concurrently } from '@fanfare/core/concurrently';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import { unreachable } from '@fanfare/core/unreachable';
import { activityTable } from '../adapters/activity-table.ts';
import { freshMessages } from '../adapters/fresh-messages.ts';
import { messageTable } from '../adapters/message-table.ts';
import { rejectsQueue } from '../adapters/rejects-queue.ts';
import type { AcceptManyPorts } from '../domain/accept-many.ts';
import { acceptSourced, type Sourced, type SourcedOutcome } from '../domain/accept-sourced.ts';
import { activityMarker } from '../domain/activity.ts';

type TakeInConfig = { readonly STAGE: string; readonly TABLE_NAME: string; readonly QUEUE_REJECTS_URL: string };
type Failed<R> = { readonly record: R; readonly error: unknown };

/** Names a record in a log line, without anything that it carries. */
export type NameOf<R> = (record: R) => Readonly<Record<string, string | undefined>>;

const REJECTS_AT_ONCE = 5;

/**
 * What the functions have in common that take in what a queue or a stream hands over. What was refused is put aside for its
 * owner last. Answers the records that have to come again; throws when all of them have to. Where records come again
 * `together`, nothing is put aside until all others were taken in: a dependency that keeps failing would fill the queue with
 * repeats.
 */
export const takingIn = <R>(
  source: string,
  config: TakeInConfig,
  nameOf: NameOf<R>,
  comesAgain: 'alone' | 'together' = 'alone',
) => {
  const logger = makeLogger(config.STAGE);
  const metrics = makeMetrics(config.STAGE);
  const { client, takeUnits } = tableClient();
  const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
  const ports: AcceptManyPorts = {
    findApplication: applicationFinder(client, config.TABLE_NAME),
    ...messageTable(client, config.TABLE_NAME, Date.now, waiting),
    saveFresh: freshMessages(client, config.TABLE_NAME, waiting),
    markActive: activityMarker(activityTable(client, config.TABLE_NAME), Date.now),
    now: Date.now,
  };
  const reject = rejectsQueue(traced(new SQSClient({})), config.QUEUE_REJECTS_URL);

  /** Once for a batch: each count is a value of its own in the line of metrics. */
  const countAll = (outcomes: readonly SourcedOutcome<R>[], comeAgain: number, rejected: number): void => {
    const of = (kind: SourcedOutcome<R>['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
    count(metrics, METRIC.messageAccepted, of('accepted'));
    count(metrics, METRIC.messageRepeated, of('repeated'));
    count(metrics, METRIC.messageRejected, rejected);
    count(metrics, METRIC.messageNotWritten, comeAgain);
  };

  const failed = (record: R, error: unknown): Failed<R>[] => {
    logger.error('record.failed', { ...nameOf(record), error: error as Error });
    return [{ record, error }];
  };

  const putAside = async ({ record, reasons }: Extract<SourcedOutcome<R>, { kind: 'rejected' }>) => {
    try {
      await reject({ v: 1, source, rejectedAt: Date.now(), reasons: [...reasons], record });
    } catch (error) {
      return failed(record, error);
    }
    logger.warn('record.rejected', { ...nameOf(record), reasons });
    return [];
  };

  const told = (outcome: Exclude<SourcedOutcome<R>, { kind: 'rejected' }>): Failed<R>[] => {
    const { kind, record } = outcome;
    switch (kind) {
      case 'accepted': {
        const { orgId, appId, messageId, message } = outcome.accepted;
        const ids = { org_id: orgId, app_id: appId, msg_id: messageId, event_type: message.eventType };
        logger.debug('record.accepted', { ...nameOf(record), ...ids });
        return [];
      }
      case 'repeated':
        logger.info('record.repeated', { ...nameOf(record), org_id: outcome.entry.orgId });
        return [];
      case 'failed':
        return failed(record, outcome.error);
      default:
        return unreachable(kind);
    }
  };

  return async (records: readonly Sourced<R>[]): Promise<readonly Failed<R>[]> => {
    logger.refreshSampleRateCalculation();
    try {
      const outcomes = await acceptSourced(records, ports);
      const failedNow = outcomes.flatMap((outcome) => (outcome.kind === 'rejected' ? [] : told(outcome)));
      const mayReject = comesAgain === 'alone' || failedNow.length === 0;
      const rejected = mayReject ? outcomes.filter((outcome) => outcome.kind === 'rejected') : [];
      const notPutAside = (await concurrently(REJECTS_AT_ONCE, rejected, putAside)).flat();
      const all = [...failedNow, ...notPutAside];
      countAll(outcomes, all.length, rejected.length - notPutAside.length);
      return all;
    } finally {
      publish(metrics, takeUnits());
    }
  };
};
