import type { EndpointIn } from 'svix';
import { type ReceivedRequest, type Receiver, startReceiver } from '../scripts/receiver/receiver.ts';
import { eventually } from './eventually.ts';
import type { Tenant } from './tenant.ts';

export type Target = {
  readonly appId: string;
  readonly endpointId: string;
  readonly secret: string;
  readonly path: string;
};

let receiver: Receiver;

/** One receiver for the tests of a file. */
export const useReceiver = (): (() => Receiver) => {
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.stop());
  return () => receiver;
};

/** A new application of a tenant. */
export const newApplication = async ({ svix }: Tenant): Promise<string> =>
  (await svix.application.create({ name: 'under test' })).id;

/** An endpoint of an application that leads to a path of its own at the receiver. */
export const newEndpoint = async ({ svix }: Tenant, appId: string, more: Partial<EndpointIn> = {}): Promise<Target> => {
  const path = `/${crypto.randomUUID()}`;
  const { id: endpointId } = await svix.endpoint.create(appId, { url: receiver.url(path), ...more });
  const { key: secret } = await svix.endpoint.getSecret(appId, endpointId);
  return { appId, endpointId, secret, path };
};

/** An endpoint of an application of its own. */
export const newTarget = async (tenant: Tenant, more: Partial<EndpointIn> = {}): Promise<Target> =>
  newEndpoint(tenant, await newApplication(tenant), more);

/** What an endpoint received so far, oldest first. */
export const receivedBy = ({ path }: Target): readonly ReceivedRequest[] =>
  receiver.requests.filter((request) => request.path === path);

/** Waits until an endpoint has received this many requests. Answers all of them, which may be more. */
export const untilReceived = (target: Target, count: number): Promise<readonly ReceivedRequest[]> =>
  eventually(`${count} requests to ${target.path}`, () => {
    const requests = receivedBy(target);
    return requests.length >= count ? requests : undefined;
  });

export const idsOf = (requests: readonly ReceivedRequest[]): readonly (string | undefined)[] =>
  requests.map(({ headers }) => headers['webhook-id']);
