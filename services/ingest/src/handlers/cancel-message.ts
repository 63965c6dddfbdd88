import { setTimeout as sleep } from 'node:timers/promises';
import { verifyToken } from '@fanfare/core/auth/token';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { httpRouter } from '@fanfare/core/aws/http-router';
import { signingKeys } from '@fanfare/core/aws/signing-keys';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { type Answer, noContent } from '@fanfare/core/http/answer';
import { forOrganisation } from '@fanfare/core/http/route';
import { ok } from '@fanfare/core/result';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import { reportCall } from '@fanfare/core/telemetry/report-call';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { cancelTable } from '../adapters/cancel-table.ts';
import { cancelMessage } from '../domain/cancel.ts';

const config = readConfig(z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name }), process.env);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const keys = signingKeys(config.SIGNING_KEYS_NAME);
const ports = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...cancelTable(client, config.TABLE_NAME, { sleep: async (ms: number) => sleep(ms), random: Math.random }),
  now: Date.now,
};

const route = httpRouter(
  [
    forOrganisation('POST /api/v1/app/:app_id/msg/:msg_id/cancel', async ({ principal, parameters }) => {
      const { app_id = '', msg_id = '' } = parameters;
      const cancelled = await cancelMessage(principal.orgId, app_id, msg_id, ports);
      return cancelled.ok ? ok(noContent()) : cancelled;
    }),
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
