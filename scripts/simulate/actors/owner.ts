import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { applicationTable } from '../../../services/control/src/adapters/application-table.ts';
import { endpointTable } from '../../../services/control/src/adapters/endpoint-table.ts';
import type { EndpointPorts } from '../../../services/control/src/domain/change-endpoint.ts';
import { deleteApplication } from '../../../services/control/src/domain/delete-application.ts';
import type { EndpointSettings } from '../../../services/control/src/domain/endpoint.ts';
import { createEndpoint, deleteEndpoint, patchEndpoint } from '../../../services/control/src/domain/endpoints.ts';
import type { Patch } from '../../../services/control/src/domain/patch.ts';
import { type Actor, environments } from '../actor.ts';
import type { KnownEndpoint } from '../ledger.ts';
import { readable } from '../names.ts';
import type { World } from '../world.ts';

/** What an owner does to an endpoint, or to the whole application. */
export type Change = {
  readonly name: string;
  readonly kind: keyof typeof PATCHES | 'create' | 'delete' | 'delete-application' | 'move';
  readonly endpoint: KnownEndpoint;
};

const LIMIT_MS = 29_000;

/** What an endpoint is made with. */
export const settingsOf = ({ url, rate, isMadeOrdered }: KnownEndpoint) => ({
  ordered: isMadeOrdered,
  ...{ url, description: '', version: 1, metadata: {} },
  ...(rate === undefined ? {} : { throttleRate: rate }),
});

/** Owners of endpoints, as `control` lets them. */
export const owners = (world: World): { change: (change: Change) => void } => {
  const { ledger, timeline, invoke } = world;
  const processes = environments('control', world, () => undefined);

  const change = (given: Change): void => {
    const environment = processes.take();
    const name = `${environment.name}, ${given.name}`;
    invoke<number | undefined>({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) => apply(given, actor, world),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind !== 'done' || how.value === undefined) return;
        ledger.acknowledged.push({ endpointId: given.endpoint.id, version: how.value, at: timeline.now() });
      },
    });
  };
  return { change };
};

/** The version that the endpoint is as it was asked for since, or nothing when there was nothing to change. */
const apply = async ({ name, kind, endpoint }: Change, actor: Actor, world: World): Promise<number | undefined> => {
  const { orgId, appId, id } = endpoint;
  const client = world.clientFor(() => actor, name);
  const ports = {
    ...endpointTable(client, 'table', actor.now),
    ...applicationTable(client, 'table', actor.now),
    findApplication: applicationFinder(client, 'table'),
    mintEndpointId: () => id,
    makeSecret: () => ({ bytes: endpoint.key }),
    seal: async () => ({ sealed: endpoint.key }),
    urlRules: { requiresHttps: false, checkHost: async () => ({ kind: 'allowed', addresses: [] }) as const },
    destinations: { partition: 'aws', stage: 'local', allowed: [] },
    sleep: actor.wait,
    random: () => 0.5,
    now: actor.now,
    ...{ findAnswer: NEVER, open: NEVER, sealHeaders: NEVER, openHeaders: NEVER },
  } satisfies EndpointPorts & ReturnType<typeof applicationTable>;
  const target = { principal: { kind: 'organisation', orgId }, application: appId, endpoint: id } as const;
  world.story.tell(() => `an owner begins to ${kind} ${readable(id)}`);
  endpoint.isChanged = true;
  const version = (): number | undefined => endpoint.history.at(-1)?.version;

  switch (kind) {
    case 'create': {
      if (world.ledger.endpoints.has(id)) return undefined;
      world.ledger.endpoints.set(id, endpoint);
      const settings = { ...settingsOf(endpoint), disabled: false };
      const made = await createEndpoint(target, { settings, secret: undefined }, ports);
      return made.ok ? version() : undefined;
    }
    case 'delete-application':
      world.ledger.deletedApplications.add(`${orgId} ${appId}`);
      await deleteApplication(orgId, appId, ports);
      return undefined;
    case 'delete':
      return (await deleteEndpoint(target, ports)).ok ? version() : undefined;
    case 'move':
      // To a place that has the temper of the old one, and knows nothing of what that has answered.
      return (await patchEndpoint(target, { url: `${endpoint.url}?${name.replaceAll(' ', '-')}` }, ports)).ok
        ? version()
        : undefined;
    default:
      return (await patchEndpoint(target, PATCHES[kind], ports)).ok ? version() : undefined;
  }
};

/** Nobody asks for what these would do. */
const NEVER = async (): Promise<never> => {
  throw new Error('nobody asks for this');
};

const PATCHES = {
  disable: { disabled: true },
  enable: { disabled: false },
  narrow: { eventTypes: ['b'] },
  order: { ordered: true },
  unorder: { ordered: false },
} as const satisfies Readonly<Record<string, Patch<EndpointSettings>>>;
