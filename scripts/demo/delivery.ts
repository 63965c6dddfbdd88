import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest } from '../receiver/receiver.ts';
import { expectedStatuses, matches, type ScenarioEndpoint, type ScenarioMessage } from './scenario.ts';

/** An endpoint as created through the API. */
export type CreatedEndpoint = ScenarioEndpoint & { readonly id: string; readonly secret: string };

/** A message as accepted by the API. */
export type AcceptedMessage = ScenarioMessage & {
  readonly id: string;
  /** Milliseconds since 1970, when the call was made and when its 202 was there. */
  readonly sentAtMs: number;
  readonly acceptedAtMs: number;
};

/** An attempt as the API tells it. */
export type ToldAttempt = {
  readonly endpointId: string;
  readonly status: number;
  readonly responseStatusCode: number;
  /** Milliseconds since 1970. */
  readonly attemptedAtMs: number;
};

/** One attempt, as the sender recorded it and as the receiver saw it. */
export type ObservedAttempt = {
  readonly told: ToldAttempt | undefined;
  readonly received: ReceivedRequest | undefined;
  readonly signature: 'verified' | 'wrong' | 'missing';
};

/** Everything about one message and one endpoint. */
export type Delivery = {
  readonly message: AcceptedMessage;
  readonly endpoint: CreatedEndpoint;
  readonly attempts: readonly ObservedAttempt[];
  /** What is not as it has to be; empty when all is well. */
  readonly faults: readonly string[];
};

/** Puts together what the API tells and what was received, and judges it. */
export const deliveryOf = (
  message: AcceptedMessage,
  endpoint: CreatedEndpoint,
  told: readonly ToldAttempt[],
  requests: readonly ReceivedRequest[],
): Delivery => {
  const received = requests.filter((one) => one.path === endpoint.path && one.headers['webhook-id'] === message.id);
  const recorded = told
    .filter((one) => one.endpointId === endpoint.id)
    .sort((a, b) => a.attemptedAtMs - b.attemptedAtMs);
  const attempts = Array.from({ length: Math.max(received.length, recorded.length) }, (_, n) => ({
    told: recorded[n],
    received: received[n],
    signature: signatureOf(received[n], endpoint.secret),
  }));
  return { message, endpoint, attempts, faults: faultsOf(message, endpoint, attempts) };
};

const faultsOf = (
  message: AcceptedMessage,
  endpoint: CreatedEndpoint,
  attempts: readonly ObservedAttempt[],
): readonly string[] => {
  if (!matches(endpoint, message)) return attempts.length === 0 ? [] : ['received although it was filtered out'];
  const wanted = expectedStatuses(endpoint).join(', ');
  const answered = attempts.map(({ received }) => received?.status).join(', ');
  const told = attempts.map((attempt) => attempt.told?.responseStatusCode).join(', ');
  const bodies = new Set(attempts.map(({ received }) => received?.body.toString('base64')));
  return [
    ...(answered === wanted ? [] : [`answered [${answered}] instead of [${wanted}]`]),
    ...(told === wanted ? [] : [`the API tells [${told}] instead of [${wanted}]`]),
    ...(attempts.every(({ signature }) => signature === 'verified') ? [] : ['a signature did not verify']),
    ...(bodies.size <= 1 ? [] : ['the body changed between attempts']),
    ...(attempts.every(({ received }) => isPayloadOf(received, message)) ? [] : ['the body is not what was sent']),
  ];
};

const isPayloadOf = (received: ReceivedRequest | undefined, message: AcceptedMessage): boolean =>
  received === undefined || received.body.toString('utf8') === JSON.stringify(message.payload);

/** Verified by a package that none of the sending code uses. */
const signatureOf = (received: ReceivedRequest | undefined, secret: string): ObservedAttempt['signature'] => {
  if (received === undefined) return 'missing';
  try {
    new Webhook(secret).verify(received.body, received.headers);
    return 'verified';
  } catch {
    return 'wrong';
  }
};
