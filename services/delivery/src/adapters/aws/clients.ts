import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { Service } from '@fanfare/core/destinations/destination';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Assume } from './assumed-roles.ts';
import type { ClientSettings, OpenClient } from './destination-client.ts';

/** Each client is loaded when the first message needs it: all of them together would be most of a cold start. */
const OPENERS: Record<Service, () => Promise<OpenClient>> = {
  sqs: async () => (await import('./sqs-destination.ts')).openSqs,
  sns: async () => (await import('./sns-destination.ts')).openSns,
  events: async () => (await import('./event-bus-destination.ts')).openEventBus,
  kinesis: async () => (await import('./kinesis-destination.ts')).openKinesis,
  s3: async () => (await import('./s3-destination.ts')).openS3,
  lambda: async () => (await import('./lambda-destination.ts')).openLambda,
};

/** The function that makes clients of a service. */
export const opener = (service: Service): Promise<OpenClient> => OPENERS[service]();

const CONNECT_MS = 5_000;
const IDLE_MS = 20_000;
/** The schedule repeats what fails. This is for a connection that was closed while it was idle. */
const MAX_ATTEMPTS = 2;

/** What all clients share, their connections included. */
export const sharedSettings = (): Pick<ClientSettings, 'maxAttempts' | 'requestHandler'> => {
  const agent = { keepAlive: true, timeout: IDLE_MS };
  return {
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_MS,
      httpAgent: new PlainAgent(agent),
      httpsAgent: new SecureAgent(agent),
    }),
  };
};

/** Assumes roles by STS, whose client is loaded when the first role is. */
export const lazyRoles = (settings: ClientSettings): Assume => {
  let loaded: Promise<Assume> | undefined;
  return async (use, abortSignal) => {
    loaded ??= import('./sts-roles.ts').then(({ stsRoles }) => stsRoles(settings));
    return (await loaded)(use, abortSignal);
  };
};
