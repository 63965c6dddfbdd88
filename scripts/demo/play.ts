import { setTimeout as wait } from 'node:timers/promises';
import { Svix } from 'svix';
import type { Environment } from '../environment/environment.ts';
import type { Receiver } from '../receiver/receiver.ts';
import type { Step } from '../toolchain/steps.mjs';
import type { AcceptedMessage, CreatedEndpoint, ToldAttempt } from './delivery.ts';
import {
  ENDPOINTS,
  expectedStatuses,
  MESSAGES,
  matches,
  type ScenarioEndpoint,
  type ScenarioMessage,
} from './scenario.ts';

/** What was done, and what was seen of it. */
export type Play = {
  readonly appId: string;
  readonly endpoints: readonly CreatedEndpoint[];
  readonly messages: readonly AcceptedMessage[];
  /** By message id. */
  readonly attempts: ReadonlyMap<string, readonly ToldAttempt[]>;
};

const LIMIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 250;

/** Long enough for a delivery that must not happen to happen. */
const STILLNESS_MILLISECONDS = 1000;

/** Plays the scenario through the official Svix SDK, as a producer would. */
export const play = async (environment: Environment, receiver: Receiver, step: Step): Promise<Play> => {
  const client = new Svix(environment.token, { serverUrl: environment.baseUrl });
  const app = await step('create an application', () => client.application.create({ name: 'Fanfare demo' }));
  const endpoints = await step(`create ${ENDPOINTS.length} endpoints`, () =>
    Promise.all(ENDPOINTS.map((endpoint) => createEndpoint(client, app.id, endpoint, receiver))),
  );
  const messages = await step(`send ${MESSAGES.length} messages`, async () => {
    const accepted: AcceptedMessage[] = [];
    for (const message of MESSAGES) accepted.push(await sendMessage(client, app.id, message));
    return accepted;
  });
  await step('deliver, fail, try again, recover', () => untilDelivered(receiver, messages, environment.signal));
  const attempts = await step('read the attempts', () => untilTold(client, app.id, messages, environment.signal));
  return { appId: app.id, endpoints, messages, attempts };
};

const createEndpoint = async (
  client: Svix,
  appId: string,
  endpoint: ScenarioEndpoint,
  receiver: Receiver,
): Promise<CreatedEndpoint> => {
  receiver.behave(endpoint.path, endpoint.behaviour);
  const { id } = await client.endpoint.create(appId, {
    url: receiver.url(endpoint.path),
    description: endpoint.name,
    eventTypes: [...endpoint.eventTypes],
  });
  const { key } = await client.endpoint.getSecret(appId, id);
  return { ...endpoint, id, secret: key };
};

const sendMessage = async (client: Svix, appId: string, message: ScenarioMessage): Promise<AcceptedMessage> => {
  const sentAtMs = Date.now();
  const { id } = await client.message.create(appId, { eventType: message.eventType, payload: message.payload });
  return { ...message, id, sentAtMs, acceptedAtMs: Date.now() };
};

/** How many requests the receiver gets for a message when all goes well. */
const expectedRequests = (message: ScenarioMessage): number =>
  ENDPOINTS.filter((endpoint) => matches(endpoint, message))
    .map((endpoint) => expectedStatuses(endpoint).length)
    .reduce((sum, count) => sum + count, 0);

/** Waits for the expected requests, then a moment longer for those that must not come. Gives up after a minute. */
const untilDelivered = async (
  receiver: Receiver,
  messages: readonly AcceptedMessage[],
  signal: AbortSignal,
): Promise<void> => {
  const isDone = () =>
    messages.every(
      (message) =>
        receiver.requests.filter((request) => request.headers['webhook-id'] === message.id).length >=
        expectedRequests(message),
    );
  await until(isDone, signal);
  await wait(STILLNESS_MILLISECONDS);
  signal.throwIfAborted();
};

/** An attempt is recorded after its request was answered, so the last one may take a moment to be told. */
const untilTold = async (
  client: Svix,
  appId: string,
  messages: readonly AcceptedMessage[],
  signal: AbortSignal,
): Promise<Play['attempts']> => {
  const attempts = new Map<string, readonly ToldAttempt[]>();
  const readAll = async () => {
    for (const message of messages) attempts.set(message.id, await toldAttempts(client, appId, message.id));
    return messages.every((message) => (attempts.get(message.id)?.length ?? 0) >= expectedRequests(message));
  };
  await until(readAll, signal);
  return attempts;
};

const toldAttempts = async (client: Svix, appId: string, messageId: string): Promise<ToldAttempt[]> => {
  const { data } = await client.messageAttempt.listByMsg(appId, messageId);
  return data.map(({ endpointId, status, responseStatusCode, timestamp }) => ({
    endpointId,
    status,
    responseStatusCode,
    attemptedAtMs: timestamp.getTime(),
  }));
};

const until = async (isDone: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> => {
  const giveUpAt = performance.now() + LIMIT_MILLISECONDS;
  while (!(await isDone()) && performance.now() < giveUpAt) {
    signal.throwIfAborted();
    await wait(POLL_MILLISECONDS);
  }
};
