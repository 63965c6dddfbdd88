import { randomUUID } from 'node:crypto';
import type { StoredPayload } from '@fanfare/core/payload';
import type { DeliveryTask } from '@fanfare/events/delivery-task';

/** POST message as the HTTP API hands it to a function. */
export const apiEvent = (token: string, appId: string, body: string) => ({
  version: '2.0',
  routeKey: 'POST /api/v1/app/{app_id}/msg',
  rawPath: `/api/v1/app/${appId}/msg`,
  rawQueryString: '',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
  pathParameters: { app_id: appId },
  requestContext: { requestId: randomUUID(), http: { method: 'POST', path: `/api/v1/app/${appId}/msg` } },
  body,
  isBase64Encoded: false,
});

type Target = {
  readonly orgId: string;
  readonly appId: string;
  readonly endpointId: string;
  readonly payload: StoredPayload;
};

/** A batch of first attempts as the lane's queue hands it to delivery. */
export const taskBatch = ({ payload, ...target }: Target, size: number, newMessageId: () => string) => ({
  Records: Array.from({ length: size }, () => {
    const task: DeliveryTask = {
      v: 1,
      ...target,
      messageId: newMessageId(),
      attempt: 1,
      trigger: 'scheduled',
      eventType: 'order.paid',
      acceptedAt: Date.now(),
      payload: { encoding: payload.encoding, base64: Buffer.from(payload.bytes).toString('base64') },
    };
    return {
      messageId: randomUUID(),
      receiptHandle: 'none',
      body: JSON.stringify(task),
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:fanfare-local-webhook',
      awsRegion: 'us-east-1',
    };
  }),
});
