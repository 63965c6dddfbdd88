import { randomBytes } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { endpointFinder } from '@fanfare/core/aws/endpoint-finder';
import { httpApi } from '@fanfare/core/aws/http-api';
import { tableClient } from '@fanfare/core/aws/table-client';
import { name, readConfig } from '@fanfare/core/config';
import { json, jsonText } from '@fanfare/core/http/answer';
import { messageJson } from '@fanfare/core/http/message-answer';
import { forOrganisation, forPortal, type PrincipalCall } from '@fanfare/core/http/route';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { ok } from '@fanfare/core/result';
import { makeLogger } from '@fanfare/core/telemetry/logger';
import { makeMetrics } from '@fanfare/core/telemetry/metrics';
import { traced } from '@fanfare/core/telemetry/tracer';
import * as z from 'zod/mini';
import { examinations } from '../adapters/examinations.ts';
import { readExample, testEndpoint } from '../domain/test-endpoint.ts';

const config = readConfig(
  z.object({
    STAGE: name,
    TABLE_NAME: name,
    SIGNING_KEYS_NAME: name,
    STATE_MACHINE_ARN: name,
    /** Where the emulator is. Absent on AWS. */
    AWS_ENDPOINT_URL: z.optional(z.string()),
  }),
  process.env,
);
const logger = makeLogger(config.STAGE);
const metrics = makeMetrics(config.STAGE);
const { client, takeUnits } = tableClient();
/** On AWS synchronous executions have a host of their own, `sync-states`; what is one address has no such name. */
const states = traced(new SFNClient({ disableHostPrefix: config.AWS_ENDPOINT_URL !== undefined }));
const ports = {
  findApplication: applicationFinder(client, config.TABLE_NAME),
  findEndpoint: endpointFinder(client, config.TABLE_NAME),
  examine: examinations(states, config.STATE_MACHINE_ARN),
  mintMessageId: (atMs: number) => mintId('msg', atMs, new Uint8Array(randomBytes(RANDOM_BYTES))),
  now: Date.now,
};

/** The event type of what is sent where nobody asked for a type. */
const TEST_EVENT_TYPE = 'endpoint.test';
const ENDPOINT = '/api/v1/app/:app_id/endpoint/:endpoint_id';
const targetOf = ({ principal, parameters, headers }: PrincipalCall) => ({
  principal,
  application: parameters.app_id ?? '',
  endpoint: parameters.endpoint_id ?? '',
  idempotencyKey: headers['idempotency-key'],
});

const routes = [
  forOrganisation(`POST ${ENDPOINT}/send-example`, async (call) => {
    const given = readExample(call.body);
    if (!given.ok) return given;
    const sent = await testEndpoint({ ...targetOf(call), ...given.value }, ports);
    if (!sent.ok) return sent;
    const { eventType, sentAt: acceptedAt } = sent.value;
    const { messageId: id, body, ok: succeeded, steps } = sent.value.examination;
    return ok(jsonText(200, messageJson({ id, eventType, acceptedAt, body }, true, { ok: succeeded, steps })));
  }),

  forPortal(`POST ${ENDPOINT}/test`, async (call) => {
    const sent = await testEndpoint({ ...targetOf(call), eventType: TEST_EVENT_TYPE }, ports);
    if (!sent.ok) return sent;
    const { messageId, ok: succeeded, steps } = sent.value.examination;
    return ok(json(200, { messageId, ok: succeeded, steps }));
  }),
];
export const handler = await httpApi({
  routes,
  signingKeysName: config.SIGNING_KEYS_NAME,
  logger,
  metrics,
  takeUnits,
});
