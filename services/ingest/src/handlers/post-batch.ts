import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { httpApi } from '@fanfare/core/aws/http-api';
import { payloadBucket } from '@fanfare/core/aws/payload-bucket';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import type { Answer, Refusal } from '@fanfare/core/http/answer';
import { forOrganisation, type OrganisationCall } from '@fanfare/core/http/route';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { err, ok, type Result } from '@fanfare/core/result';
import { CORRELATION_HEADER } from '@fanfare/core/telemetry/correlation';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics } from '@fanfare/core/telemetry/metrics';
import * as z from 'zod/mini';
import { activityTable } from '../adapters/activity-table.ts';
import { freshMessages } from '../adapters/fresh-messages.ts';
import { messageTable } from '../adapters/message-table.ts';
import { acceptBatch, type BatchPorts, type ItemOutcome } from '../domain/accept-batch.ts';
import { activityMarker } from '../domain/activity.ts';
import { readBatch } from '../domain/batch-input.ts';
import { idempotencyOf } from '../domain/idempotency-key.ts';
import { NOT_ACCEPTED } from '../domain/not-accepted.ts';
import { batchAnswer } from './batch-answer.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name, PAYLOADS_BUCKET: name }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const ports: BatchPorts = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...messageTable(client, config.TABLE_NAME, Date.now, waiting),
  saveFresh: freshMessages(client, config.TABLE_NAME, waiting),
  keepPayload: payloadBucket(config.PAYLOADS_BUCKET).keep,
  markActive: activityMarker(activityTable(client, config.TABLE_NAME), Date.now),
  now: Date.now,
  mintMessageId: (atMs) => mintId('msg', atMs, randomBytes(RANDOM_BYTES)),
};

const acceptCall = async (call: OrganisationCall): Promise<Result<Answer, Refusal>> => {
  const { principal, parameters, headers, rawQuery, body } = call;
  const messages = readBatch(body, headers['content-type']);
  if (!messages.ok) return messages;
  const outcomes = await acceptBatch(
    {
      orgId: principal.orgId,
      application: parameters.app_id ?? '',
      messages: messages.value,
      givenCorrelationId: headers[CORRELATION_HEADER],
      ...idempotencyOf('POST msg/batch', headers['idempotency-key'], rawQuery, body),
    },
    ports,
  );
  if (!outcomes.ok) return err(NOT_ACCEPTED[outcomes.error]);
  report(outcomes.value, principal.orgId);
  return ok(batchAnswer(outcomes.value));
};

/** A batch of which nothing could be written is a fault of ours, as a message would be. */
const report = (outcomes: readonly ItemOutcome[], orgId: string): void => {
  const errors = outcomes.flatMap((one) => (one.kind === 'failed' ? [one.error] : []));
  if (errors.length === outcomes.length) throw errors[0];
  const accepted = outcomes.filter(({ kind }) => kind === 'accepted').length;
  count(metrics, METRIC.messageAccepted, accepted);
  count(metrics, METRIC.messageRejected, outcomes.length - accepted - errors.length);
  count(metrics, METRIC.messageNotWritten, errors.length);
  if (errors.length === 0) return;
  logger.error('batch.not-written', {
    org_id: orgId,
    messages: errors.length,
    of: outcomes.length,
    error: errors[0] as Error,
  });
};

export const handler = await httpApi({
  routes: [forOrganisation('POST /api/v1/app/:app_id/msg/batch', acceptCall)],
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
