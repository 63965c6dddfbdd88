import { type Destination, parseDestination, type Service } from '@fanfare/core/destinations/destination';
import { externalIdOf } from '@fanfare/core/destinations/external-id';
import { type DestinationRules, unreachableReason } from '@fanfare/core/destinations/reachable';
import type { DeliverPorts } from '../../domain/deliver.ts';
import {
  type DestinationMessage,
  destinationMessage,
  LIMIT_BYTES,
  messageBytes,
} from '../../domain/destination-message.ts';
import { type AwsFailure, answeredWith, outcomeOfFailure } from '../../domain/destination-outcome.ts';
import type { AttemptOutcome } from '../../domain/next-step.ts';
import { AnyExternalIdAccepted, type Assume, assumedRoles, type RoleUse } from './assumed-roles.ts';
import { boundedMap } from './bounded-map.ts';
import type { ClientSettings, DestinationClient, OpenClient } from './destination-client.ts';

/** From the task to AWS's answer, assuming the role included. */
const TOTAL_MS = 15_000;
const MAX_CLIENTS = 100;

type Config = {
  readonly rules: DestinationRules;
  /** For what has no region in its ARN. */
  readonly region: string;
  readonly settings: Pick<ClientSettings, 'maxAttempts' | 'requestHandler'>;
  readonly opener: (service: Service) => Promise<OpenClient>;
  readonly assume: Assume;
  readonly now: () => number;
  readonly totalMs?: number;
};

/**
 * Puts messages where ARNs lead. Whether the destination may be reached is asked anew each time, because what is allowed
 * may have changed since the endpoint was made; the external id is made from the task, never taken from the endpoint.
 */
export const destinationSender = (config: Config): DeliverPorts['send'] => {
  const roles = assumedRoles(config);
  const clients = boundedMap<Promise<DestinationClient>>(MAX_CLIENTS);

  const regionOf = ({ region }: Destination): string => (region === '' ? config.region : region);
  const keyOf = (destination: Destination, use: RoleUse | undefined): string =>
    [destination.service, regionOf(destination), use?.role, use?.externalId].join(' ');

  const clientOf = (destination: Destination, use: RoleUse | undefined): Promise<DestinationClient> => {
    const region = regionOf(destination);
    const key = keyOf(destination, use);
    const open = async (): Promise<DestinationClient> => {
      const credentials = use === undefined ? {} : { credentials: () => roles.credentialsOf(use) };
      return (await config.opener(destination.service))({ ...config.settings, region, ...credentials });
    };
    const client = clients.get(key) ?? open();
    clients.set(key, client);
    client.catch(() => clients.delete(key));
    return client;
  };

  const put = async (
    destination: Destination,
    use: RoleUse | undefined,
    message: DestinationMessage,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> => {
    let step: AwsFailure['step'] = 'assume-role';
    try {
      if (use !== undefined) await roles.credentialsOf(use, signal);
      step = 'put';
      const { status, text } = await (await clientOf(destination, use)).put(destination, message, signal);
      return answeredWith(status, text);
    } catch (error) {
      if (error instanceof AnyExternalIdAccepted) return { kind: 'blocked', reason: NO_EXTERNAL_ID };
      const failure = failureOf(error, step);
      if (failure.name.startsWith('ExpiredToken') && use !== undefined) {
        roles.forget(use);
        clients.delete(keyOf(destination, use));
      }
      return outcomeOfFailure(failure);
    }
  };

  return async (request, task) => {
    const parsed = parseDestination(request.url);
    const unreachable = parsed.ok ? unreachableReason(parsed.value, config.rules) : parsed.error;
    if (!parsed.ok || unreachable !== undefined) return { kind: 'blocked', reason: `the destination ${unreachable}` };
    const { service, role } = parsed.value;
    const message = destinationMessage(request, task);
    const bytes = messageBytes(service, message);
    if (bytes > LIMIT_BYTES[service]) return tooLarge(service, bytes);
    const use = role === undefined ? undefined : { role, externalId: externalIdOf(task) };
    return withinTime(config.totalMs ?? TOTAL_MS, (signal) => put(parsed.value, use, message, signal));
  };
};

const NO_EXTERNAL_ID = 'the role can be assumed with any external id: its trust policy must ask for the right one';

const tooLarge = (service: Service, bytes: number): AttemptOutcome => ({
  kind: 'refused',
  reason: `the message has ${bytes} bytes, and ${service} takes ${LIMIT_BYTES[service]}`,
});

/** No timer is left when it answers. */
const withinTime = async <T>(totalMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), totalMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
};

/** Given up on, or no address to connect to for the region that the ARN names. */
const NAMED: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError', 'EndpointError']);

/** What AWS or the network said. Throws what is neither: that would be a fault of ours. */
const failureOf = (error: unknown, step: AwsFailure['step']): AwsFailure => {
  const { name, code, $metadata } = error as Error & {
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  if ($metadata?.httpStatusCode !== undefined) return { step, name, status: $metadata.httpStatusCode };
  if (typeof code === 'string') return { step, name: name === 'TimeoutError' ? name : code };
  if (NAMED.has(name)) return { step, name };
  throw error;
};
