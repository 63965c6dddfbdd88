import { setTimeout as sleep } from 'node:timers/promises';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { httpApi } from '@fanfare/core/aws/http-api';
import { payloadBucket } from '@fanfare/core/aws/payload-bucket';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { type Answer, noContent, type Refusal } from '@fanfare/core/http/answer';
import { forOrganisation } from '@fanfare/core/http/route';
import { ok, type Result } from '@fanfare/core/result';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics } from '@fanfare/core/telemetry/metrics';
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

export const handler = await httpApi({
  routes: [
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
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
