import { setTimeout as sleep } from 'node:timers/promises';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { httpApi } from '@fanfare/core/aws/http-api';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { noContent } from '@fanfare/core/http/answer';
import { forOrganisation } from '@fanfare/core/http/route';
import { ok } from '@fanfare/core/result';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import * as z from 'zod/mini';
import { cancelTable } from '../adapters/cancel-table.ts';
import { cancelMessage } from '../domain/cancel.ts';

const config = readConfig(z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name }), process.env);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const ports = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...cancelTable(client, config.TABLE_NAME, { sleep: async (ms: number) => sleep(ms), random: Math.random }),
  now: Date.now,
};

export const handler = await httpApi({
  routes: [
    forOrganisation('POST /api/v1/app/:app_id/msg/:msg_id/cancel', async ({ principal, parameters }) => {
      const { app_id = '', msg_id = '' } = parameters;
      const cancelled = await cancelMessage(principal.orgId, app_id, msg_id, ports);
      return cancelled.ok ? ok(noContent()) : cancelled;
    }),
  ],
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
