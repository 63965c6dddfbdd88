import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyToken } from '@fanfare/core/auth/token';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import type { ConsumedUnits } from '@fanfare/core/aws/consumed-units';
import { signingKeys } from '@fanfare/core/aws/signing-keys';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { type Answer, type Refusal, refuse } from '@fanfare/core/http/answer';
import { bodyText } from '@fanfare/core/http/body';
import { messageAnswer } from '@fanfare/core/http/message-answer';
import { TOKEN_PROBLEM } from '@fanfare/core/http/token-problem';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { err, ok, type Result } from '@fanfare/core/result';
import { CORRELATION_HEADER, correlationId } from '@fanfare/core/telemetry/correlation';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import { count, makeMetrics, publish } from '@fanfare/core/telemetry/metrics';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import { activityTable } from '../adapters/activity-table.ts';
import { messageTable } from '../adapters/message-table.ts';
import { type Accepted, type AcceptPorts, accept } from '../domain/accept.ts';
import { activityMarker } from '../domain/activity.ts';
import { idempotencyOf } from '../domain/idempotency-key.ts';
import { readMessage } from '../domain/message-input.ts';
import { NOT_ACCEPTED } from '../domain/not-accepted.ts';

const config = readConfig(z.object({ STAGE: name, TABLE_NAME: name, SIGNING_KEYS_NAME: name }), process.env);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
const keys = signingKeys(config.SIGNING_KEYS_NAME);
const ports: AcceptPorts = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  ...messageTable(client, config.TABLE_NAME, Date.now, { sleep: (ms) => sleep(ms), random: Math.random }),
  markActive: activityMarker(activityTable(client, config.TABLE_NAME), Date.now),
  now: Date.now,
  mintMessageId: (atMs) => mintId('msg', atMs, randomBytes(RANDOM_BYTES)),
};

// Read in the init phase, which is not billed by the caller's patience. A failure is not final: each call reads again.
await keys().catch((error: unknown) => logger.error('signing-keys.unreadable', { error: error as Error }));

export const handler = async (request: APIGatewayProxyEventV2): Promise<Answer> => {
  logger.refreshSampleRateCalculation();
  const accepted = await acceptRequest(request);
  const units = takeUnits();
  if (!accepted.ok) return rejected(accepted.error, request, units);
  const { orgId, appId, messageId, message } = accepted.value;
  // No metric: a line for each message would cost more than reading it. Fan-out counts messages, a batch at a time.
  logger.debug('message.accepted', {
    org_id: orgId,
    app_id: appId,
    msg_id: messageId,
    event_type: message.eventType,
    read_units: units.read,
    write_units: units.write,
  });
  const withContent = request.queryStringParameters?.with_content !== 'false';
  return messageAnswer(202, { id: messageId, ...message, acceptedAt: accepted.value.acceptedAt }, withContent);
};

const acceptRequest = async (request: APIGatewayProxyEventV2): Promise<Result<Accepted, Refusal>> => {
  const principal = await verifyToken(request.headers.authorization, await keys(), Date.now());
  if (!principal.ok) return err({ kind: 'unauthenticated', detail: TOKEN_PROBLEM[principal.error] });
  if (principal.value.kind !== 'organisation') return err({ kind: 'forbidden' });
  const text = bodyText(request);
  if (!text.ok) return text;
  const message = readMessage(text.value);
  if (!message.ok) return message;

  const accepted = await accept(
    {
      orgId: principal.value.orgId,
      application: request.pathParameters?.app_id ?? '',
      message: message.value,
      correlationId: correlationId(request.headers[CORRELATION_HEADER], request.requestContext.requestId),
      ...idempotencyOf('POST msg', request.headers['idempotency-key'], request.rawQueryString, text.value),
    },
    ports,
  );
  return accepted.ok ? ok(accepted.value) : err(NOT_ACCEPTED[accepted.error]);
};

const rejected = (why: Refusal, request: APIGatewayProxyEventV2, units: ConsumedUnits): Answer => {
  count(metrics, METRIC.messageRejected);
  publish(metrics, units);
  logger.info('message.rejected', { reason: why.kind, request_id: request.requestContext.requestId });
  return refuse(why);
};
