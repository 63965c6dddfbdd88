import { endpointKey, versionKey } from '@fanfare/core/keys';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { type Actor, environments } from '../actor.ts';
import type { EndpointState, KnownEndpoint } from '../ledger.ts';
import type { World } from '../world.ts';

/** What an owner does to an endpoint, or to the whole application. */
export type Change = {
  readonly name: string;
  readonly kind: 'create' | 'disable' | 'enable' | 'delete' | 'narrow' | 'delete-application';
  readonly endpoint: KnownEndpoint;
};

const LIMIT_MS = 29_000;
const MOST_TRIES = 5;

/** An endpoint as it would stand in the table. */
export const endpointItem = (
  { id, url, key, history }: KnownEndpoint,
  state: EndpointState,
  atMs: number,
): EndpointRecord => ({
  ...{ kind: 'endpoint', id, url, description: '', version: 1, metadata: {}, secrets: [{ sealed: key }] },
  disabled: state.disabled,
  ...(state.eventTypes === undefined ? {} : { eventTypes: [...state.eventTypes] }),
  ...(state.channels === undefined ? {} : { channels: [...state.channels] }),
  ...(state.deleted ? { deletedAt: '2027-01-15T08:00:00Z' } : {}),
  sinceVersion: history[0]?.version ?? state.version,
  createdAt: '2027-01-15T08:00:00Z',
  updatedAt: new Date(atMs).toISOString(),
});

/** Owners of endpoints, as `control` lets them: a change and the application's next version are one transaction. */
export const owners = (world: World): { change: (change: Change) => void } => {
  const { ledger, table, timeline, invoke } = world;
  const processes = environments('control', world, () => undefined);

  const change = (given: Change): void => {
    const environment = processes.take();
    const name = `${environment.name}, ${given.name}`;
    invoke<number | undefined>({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) => apply(given, actor),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind !== 'done' || how.value === undefined) return;
        ledger.acknowledged.push({ endpointId: given.endpoint.id, version: how.value, at: timeline.now() });
      },
    });
  };

  /** The version that the change made, or nothing when there was nothing to change. */
  const apply = async ({ name, kind, endpoint }: Change, actor: Actor): Promise<number | undefined> => {
    const { orgId, appId, id } = endpoint;
    for (let nth = 1; nth <= MOST_TRIES; nth += 1) {
      const found = await actor.call({
        label: `${name}: find`,
        kind: 'read',
        effect: () => table.versionOf({ orgId, appId }),
      });
      const before = endpoint.history.at(-1);
      if (found === 0 || (kind === 'create') !== (before === undefined) || before?.deleted) return undefined;
      const version = found + 1;
      const after: EndpointState = { ...(before ?? INITIAL), ...EFFECTS[kind], version };
      const written = await actor.call({
        label: `${name}: write`,
        kind: 'write',
        told: () => `${kind}s ${id} (version ${version})`,
        effect: () => {
          if (table.versionOf({ orgId, appId }) !== found) return false;
          if (kind === 'delete-application') ledger.deletedApplications.add(`${orgId} ${appId}`);
          else {
            endpoint.isChanged = true;
            ledger.endpoints.set(id, endpoint);
            table.put({
              ...endpointKey({ orgId, appId, endpointId: id }),
              ...endpointItem(endpoint, after, actor.now()),
            });
          }
          table.put({
            ...versionKey({ orgId, appId }),
            ...{ kind: 'application-version', version },
            ...(kind === 'delete-application' ? { deletedAt: '2027-01-15T08:00:00Z' } : {}),
          });
          return true;
        },
      });
      if (written) return version;
    }
    return undefined;
  };

  return { change };
};

const INITIAL = { disabled: false, deleted: false, eventTypes: undefined, channels: undefined };
const EFFECTS: Record<Change['kind'], Partial<EndpointState>> = {
  create: {},
  disable: { disabled: true },
  enable: { disabled: false },
  delete: { deleted: true },
  narrow: { eventTypes: ['b'] },
  'delete-application': {},
};
