import { setTimeout as sleep } from 'node:timers/promises';
import { verifyToken } from '@fanfare/core/auth/token';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { httpRouter } from '@fanfare/core/aws/http-router';
import { payloadBucket } from '@fanfare/core/aws/payload-bucket';
import { signingKeys } from '@fanfare/core/aws/signing-keys';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { type Answer, noContent, type Refusal } from '@fanfare/core/http/answer';
import { forOrganisation } from '@fanfare/core/http/route';
import { ok, type Result } from '@fanfare/core/result';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { reportCall } from '@fanfare/core/telemetry/report-call';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { contentTable } from '../adapters/content-table.ts';
import { type Done, expungeAttempt, expungeMessage } from '../domain/expunge.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name, PAYLOADS_BUCKET: name }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const keys = signingKeys(config.SIGNING_KEYS_NAME);
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const ports = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...contentTable(client, config.TABLE_NAME, waiting),
  expungePayload: payloadBucket(config.PAYLOADS_BUCKET).expunge,
  now: Date.now,
};

/** Always logged, whatever share of successes is: that content was taken away is to be found later. */
const answered = (result: Result<Done, Refusal>): Result<Answer, Refusal> => {
  if (!result.ok) return result;
  const { orgId, appId, messageId, attemptId, outcome } = result.value;
  if (outcome === 'expunged') count(metrics, METRIC.contentExpunged);
  const ids = { org_id: orgId, app_id: appId, msg_id: messageId, attempt_id: attemptId };
  logger.info('content.expunged', { ...ids, outcome });
  return ok(noContent());
};

const route = httpRouter(
  [
    forOrganisation('DELETE /api/v1/app/:app_id/msg/:msg_id/content', async ({ principal, parameters }) => {
      const { app_id: application = '', msg_id: message = '' } = parameters;
      return answered(await expungeMessage({ orgId: principal.orgId, application, message }, ports));
    }),
    forOrganisation(
      'DELETE /api/v1/app/:app_id/msg/:msg_id/attempt/:attempt_id/content',
      async ({ principal, parameters }) => {
        const { app_id: application = '', msg_id: message = '', attempt_id: attempt = '' } = parameters;
        return answered(await expungeAttempt({ orgId: principal.orgId, application, message, attempt }, ports));
      },
    ),
  ],
  async (authorization) => verifyToken(authorization, await keys(), Date.now()),
);

// Read in the init phase, which is not billed by the caller's patience. A failure is not final: each call reads again.
await keys().catch((error: unknown) => logger.error('signing-keys.unreadable', { error: error as Error }));

export const handler = async (request: APIGatewayProxyEventV2, context: Context): Promise<Answer> => {
  logger.refreshSampleRateCalculation();
  try {
    const handled = await route(request, context);
    reportCall({ logger, metrics }, handled, request);
    return handled.answer;
  } finally {
    publish(metrics, takeUnits());
  }
};
