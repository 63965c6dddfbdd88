import { endpointKey, parkPartition } from '@fanfare/core/keys';
import { attemptsOf, type Message, messagesIn } from './attempts.ts';
import type { KnownEndpoint } from './ledger.ts';
import { readable } from './names.ts';
import { PARK_URL } from './queues.ts';
import type { World } from './world.ts';

/** What is broken when all has come to rest for the first time, with endpoints that wait for their owners. */
export const brokenAtRest = (world: World): string[] => {
  const messages = messagesIn(world);
  return [...world.ledger.endpoints.values()].flatMap((endpoint) => [
    ...brokenHealth(endpoint, messages, world),
    ...brokenPark(endpoint, world),
  ]);
};

const itemOf = ({ orgId, appId, id }: KnownEndpoint, { table }: World) =>
  table.get(endpointKey({ orgId, appId, endpointId: id }));

/** An endpoint that answered 410 is disabled, unless its owner changed it; one that did not is not disabled for that. */
const brokenHealth = (endpoint: KnownEndpoint, messages: readonly Message[], world: World): string[] => {
  const item = itemOf(endpoint, world);
  const name = readable(endpoint.id);
  const isGone = messages
    .flatMap((message) => attemptsOf(message, endpoint, world))
    .some(({ responseStatusCode }) => responseStatusCode === 410);
  if (item?.disabledReason === 'gone' && !isGone) return [`${name} is disabled as gone and never said so`];
  return isGone && !endpoint.isChanged && item?.disabled !== true
    ? [`${name} said that it is gone and is not disabled`]
    : [];
};

/** What is parked waits for an owner, and somebody will look at it. */
const brokenPark = (endpoint: KnownEndpoint, world: World): string[] => {
  const ref = { ...endpoint, endpointId: endpoint.id };
  const parked = world.table.page(parkPartition(ref), () => true).length;
  if (parked === 0) return [];
  const item = itemOf(endpoint, world);
  const name = readable(endpoint.id);
  if (item?.disabled !== true || item.deletedAt !== undefined) {
    return [`${parked} tasks are parked for ever at ${name}, which takes requests`];
  }
  const looks = [...world.due.looksAt(endpoint.id), ...looksInQueue(endpoint.id, world)];
  return looks.includes(Number(item.wakeAt)) ? [] : [`${parked} tasks are parked at ${name}, and nobody will look`];
};

const looksInQueue = (endpointId: string, { queues }: World): number[] =>
  queues[PARK_URL].all().flatMap(({ record }) => {
    const wake = JSON.parse(record.body) as { readonly endpointId: string; readonly wakeAt: number };
    return wake.endpointId === endpointId ? [wake.wakeAt] : [];
  });
