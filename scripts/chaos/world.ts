import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { Webhook } from 'standardwebhooks';
import { Svix } from 'svix';
import type { Environment } from '../environment/environment.ts';
import { type Arrival, deliveryName } from './ledger.ts';
import { APPLICATIONS, ENDPOINTS, type PlannedEndpoint, plannedEvent } from './population.ts';
import type { KnownEndpoint } from './told-deliveries.ts';
import { type Request, startTroubledReceiver, type Treatment } from './troubled-receiver.ts';

/** Everything around the system under test: its customers, their endpoints and what these got. */
export type World = {
  readonly applications: readonly { readonly token: string; readonly appId: string }[];
  readonly endpoints: readonly KnownEndpoint[];
  readonly arrivals: readonly Arrival[];
  /** How often endpoints were in trouble, by its kind. */
  readonly troubles: ReadonlyMap<Treatment, number>;
  readonly stop: () => Promise<void>;
};

/** Two organisations share the applications. */
const ORGANISATIONS = 2;

export const makeWorld = async (environment: Environment): Promise<World> => {
  const arrivals: Arrival[] = [];
  const troubles = new Map<Treatment, number>();
  const requestsOf = new Map<string, number>();
  const secrets = new Map<string, string>();

  const receiver = await startTroubledReceiver((request) => {
    const arrival = arrivalOf(request, secrets.get(nameOf(request.path)));
    arrivals.push(arrival);
    const delivery = deliveryName(arrival.to, arrival.messageId);
    const earlier = requestsOf.get(delivery) ?? 0;
    requestsOf.set(delivery, earlier + 1);
    const endpoint = ENDPOINTS.find(({ name }) => name === arrival.to);
    const treatment = endpoint === undefined ? 'none' : treatmentOf(endpoint, arrival.number ?? 0, earlier);
    if (treatment !== 'none') troubles.set(treatment, (troubles.get(treatment) ?? 0) + 1);
    return {
      treatment,
      onTaken: () => {
        arrival.isTaken = true;
      },
    };
  });

  const applications = await makeApplications(environment);
  const endpoints = await Promise.all(
    ENDPOINTS.map(async ({ name, application, eventTypes, channels }) => {
      const { svix, orgId, appId } = applications[application] as (typeof applications)[number];
      const { id: endpointId } = await svix.endpoint.create(appId, {
        url: receiver.url(`/${name}`),
        ...(eventTypes === undefined ? {} : { eventTypes: [...eventTypes] }),
        ...(channels === undefined ? {} : { channels: [...channels] }),
      });
      const { key: secret } = await svix.endpoint.getSecret(appId, endpointId);
      secrets.set(name, secret);
      return { name, orgId, appId, endpointId, secret, svix };
    }),
  );
  return { applications, endpoints, arrivals, troubles, stop: receiver.stop };
};

/** An emulator that has much to do answers late; what is asked is asked again. */
const REPEATS_MS = [500, 2_000, 5_000, 10_000] as const;

const makeApplications = async ({ tokenOf, baseUrl }: Environment) => {
  const organisations = await Promise.all(
    Array.from({ length: ORGANISATIONS }, async () => {
      const orgId = mintId('org', Date.now(), randomBytes(RANDOM_BYTES));
      return { orgId, token: await tokenOf(orgId) };
    }),
  );
  return Promise.all(
    Array.from({ length: APPLICATIONS }, async (_, index) => {
      const { orgId, token } = organisations[index % ORGANISATIONS] as (typeof organisations)[number];
      const svix = new Svix(token, { serverUrl: baseUrl, retryScheduleInMs: [...REPEATS_MS] });
      return { svix, orgId, token, appId: (await svix.application.create({ name: `chaos ${index}` })).id };
    }),
  );
};

const nameOf = (path: string): string => path.slice(1);

const arrivalOf = ({ path, headers, body }: Request, secret: string | undefined): Arrival => {
  const number = /"number": (\d+),/.exec(body.toString('utf8'))?.[1];
  return {
    to: nameOf(path),
    messageId: headers['webhook-id'] ?? 'none',
    number: number === undefined ? undefined : Number(number),
    isIdentical: number !== undefined && body.equals(Buffer.from(plannedEvent(Number(number)).payload)),
    isVerified: secret !== undefined && verifies(secret, body, headers),
    isTaken: false,
  };
};

const verifies = (secret: string, body: Buffer, headers: Request['headers']): boolean => {
  try {
    new Webhook(secret).verify(body, { ...headers });
    return true;
  } catch {
    return false;
  }
};

/** These take the sender's whole patience, 15 seconds each. */
const LONG_TROUBLES: readonly Treatment[] = ['hangs', 'drips'];

/** An endpoint recovers for each message by itself: after one request or after two. */
const treatmentOf = ({ trouble }: PlannedEndpoint, number: number, earlier: number): Treatment => {
  // Numbers of one endpoint differ by the size of the population: spread them before taking a share.
  const share = (Math.imul(number + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
  const isLong = LONG_TROUBLES.includes(trouble);
  const troubled = share < (isLong ? 0.06 : 0.3) ? 1 : 0;
  const again = !isLong && share < 0.1 ? 1 : 0;
  return earlier < troubled + again ? trouble : 'none';
};
