import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { httpApi } from '@fanfare/core/aws/http-api';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { forPortal, type PrincipalCall } from '@fanfare/core/http/route';
import { CORRELATION_HEADER, correlationId } from '@fanfare/core/telemetry/correlation';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import * as z from 'zod/mini';
import { resendReader } from '../adapters/resend-reader.ts';
import { resend } from '../domain/resend.ts';

const config = readConfig(
  z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name, TOPIC_DELIVERIES_ARN: name }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const ports = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...resendReader(client, config.TABLE_NAME),
  publish: deliveryTopic(traced(new SNSClient({})), config.TOPIC_DELIVERIES_ARN, waiting),
  now: Date.now,
};

/**
 * Repeats of a call with an idempotency key make the same copy of the task, whose attempt has the same key: nothing has to
 * be kept for them. 128 bits are enough against accident.
 */
const copyIdOf = ({ principal, headers }: PrincipalCall): string => {
  const key = headers['idempotency-key'];
  if (key === undefined || key === '') return randomBytes(16).toString('base64url');
  const who = principal.kind === 'application' ? principal.appId : principal.orgId;
  return createHash('sha256').update(`resend\n${who}\n${key}`).digest().subarray(0, 16).toString('base64url');
};

const routes = [
  forPortal('POST /api/v1/app/:app_id/msg/:msg_id/endpoint/:endpoint_id/resend', (call) => {
    const { app_id: application = '', msg_id: message = '', endpoint_id: endpoint = '' } = call.parameters;
    const copyId = copyIdOf(call);
    const { principal, headers } = call;
    const correlation = correlationId(headers[CORRELATION_HEADER], copyId);
    return resend({ principal, application, message, endpoint, copyId, correlationId: correlation }, ports);
  }),
];
export const handler = await httpApi({
  routes,
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
