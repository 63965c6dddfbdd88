import { endpointKey, versionKey } from '@fanfare/core/keys';
import { deliverers } from './actors/deliver.ts';
import { fanOuts } from './actors/fan-out.ts';
import { type Change, endpointItem, owners } from './actors/owner.ts';
import { producers } from './actors/producer.ts';
import { sweeps } from './actors/sweep.ts';
import type { Choices } from './choices.ts';
import { increment, type KnownEndpoint, type Post } from './ledger.ts';
import { applicationIdOf } from './names.ts';
import { type Consumers, FAULTS_END_MS, makeWorld, START_MS, type World } from './world.ts';

/** Two organisations whose applications have the same id, so that a key which forgets one of them is met. */
const APPLICATIONS = [
  { orgId: 'org_1', appId: applicationIdOf(1) },
  { orgId: 'org_1', appId: applicationIdOf(2) },
  { orgId: 'org_2', appId: applicationIdOf(1) },
] as const;
const DAY_MS = 86_400_000;
const MOST_ENDPOINTS = 5;
const MOST_POSTS = 8;
const MOST_CHANGES = 4;
const MOST_REDRIVES = 3;
/** Much of what is to be met takes several things at about the same time. */
const MOMENTS_MS = [0, 1, 2_500, 5_000, 7_500, 30_000, 181_000, 182_000, 360_000, 900_000] as const;
const MOMENT_ODDS = [0.1, 0.2, 0.2, 0.2, 0.08, 0.05, 0.05, 0.03, 0.03];
const CHANGES: readonly Change['kind'][] = ['create', 'disable', 'enable', 'delete', 'narrow', 'delete-application'];

/** A world with its owners, producers, workers and those who look after dead-letter queues. */
export const populate = (choices: Choices, isTold: boolean): World => {
  const consumers: Consumers = { receiveTasks: () => {}, receiveInserts: () => {} };
  const world = makeWorld(choices, isTold, consumers);
  consumers.receiveTasks = deliverers(world);
  consumers.receiveInserts = fanOuts(world);
  sweeps(world);

  const pick = (label: string, odds: readonly number[]): number => world.choices.choose('workload', label, odds);
  const isBusyOne = pick('all in one application', [0.5]) > 0;
  const applicationOdds = isBusyOne ? [] : [0.2, 0.2];
  const moment = (label: string): number =>
    (MOMENTS_MS[pick(label, MOMENT_ODDS)] ?? 0) + 2 * pick(`${label}, later`, [0.2, 0.2]);
  const endpointNamed = (id: string): KnownEndpoint => {
    const { orgId, appId } = APPLICATIONS[pick(`${id}: application`, applicationOdds)] ?? APPLICATIONS[0];
    return {
      ...{ id, orgId, appId, url: `https://hooks.example.com/${orgId}/${id}`, history: [], isChanged: false },
      key: new TextEncoder().encode(`the secret key of ${orgId} ${id}`),
      temper: pick(`${id}: temper`, [0.3, 0.1, 0.1, 0.15]),
    };
  };

  const endpoints = startEndpoints(world, pick, endpointNamed);
  const owner = owners(world);
  for (let n = 1; n <= MOST_CHANGES; n += 1) {
    const name = `change ${n}`;
    const kind = CHANGES[pick(name, [0.35, 0.08, 0.08, 0.05, 0.05, 0.01]) - 1];
    if (kind === undefined) continue;
    const target = endpoints[pick(`${name}: which`, [0.3, 0.2])] ?? endpointNamed('ep_none');
    const endpoint = kind === 'create' ? endpointNamed(`ep_new${n}`) : target;
    world.timeline.after(moment(`${name}: time`), () => owner.change({ name, kind, endpoint }));
  }

  const producer = producers(world);
  for (let n = 1; n <= MOST_POSTS; n += 1) {
    if (pick(`post ${n}`, [n <= 2 ? 0.9 : 0.45]) === 0) continue;
    const at = moment(`post ${n}: time`);
    world.timeline.after(at, () => producer.post(postNamed(`${n}`, pick, applicationOdds, world.timeline.now())));
  }

  for (let n = 1; n <= MOST_REDRIVES; n += 1) {
    world.timeline.after((FAULTS_END_MS * n) / (MOST_REDRIVES + 1), () => {
      if (pick(`redrive ${n}`, [0.5]) > 0) redrive(world);
    });
  }
  return world;
};

/** Somebody moves what is in the dead-letter queue back. */
export const redrive = ({ lane, ledger, story, onWork }: World): number => {
  for (const { label } of lane.deadLetters) {
    increment(ledger.repeats, label.split(' ')[0] ?? '');
  }
  const moved = lane.redrive();
  if (moved > 0) for (const resume of onWork) resume();
  if (moved > 0) story.tell(() => `somebody redrives ${moved} from the dead-letter queue`);
  return moved;
};

type Pick = (label: string, odds: readonly number[]) => number;

/** What stands before the first message. */
const startEndpoints = ({ table, ledger }: World, pick: Pick, endpointNamed: (id: string) => KnownEndpoint) => {
  const versions = new Map(APPLICATIONS.map((ref) => [ref, 1]));
  const made: KnownEndpoint[] = [];
  for (let n = 1; n <= MOST_ENDPOINTS; n += 1) {
    if (pick(`endpoint ${n}`, [n === 1 ? 0.95 : 0.5]) === 0) continue;
    const endpoint = endpointNamed(`ep_${n}`);
    const ref = APPLICATIONS.find(({ orgId, appId }) => orgId === endpoint.orgId && appId === endpoint.appId);
    if (ref === undefined) continue;
    const version = (versions.get(ref) ?? 0) + 1;
    versions.set(ref, version);
    const state = {
      ...{ version, disabled: pick(`ep_${n}: disabled`, [0.05]) > 0, deleted: false },
      eventTypes: [undefined, ['a'], ['b'], []][pick(`ep_${n}: types`, [0.15, 0.1, 0.02])],
      channels: [undefined, ['eu'], ['us', 'eu']][pick(`ep_${n}: channels`, [0.1, 0.1])],
    };
    endpoint.history.push(state);
    ledger.endpoints.set(endpoint.id, endpoint);
    table.put({
      ...endpointKey({ ...ref, endpointId: endpoint.id }),
      ...endpointItem(endpoint, state, START_MS - DAY_MS),
    });
    made.push(endpoint);
  }
  for (const [ref, version] of versions) table.put({ ...versionKey(ref), kind: 'application-version', version });
  return made;
};

const postNamed = (name: string, pick: Pick, applicationOdds: readonly number[], startedAt: number): Post => {
  const post = `post ${name}`;
  return {
    name,
    ...(APPLICATIONS[pick(`${post}: application`, applicationOdds)] ?? APPLICATIONS[0]),
    eventType: ['a', 'b'][pick(`${post}: type`, [0.3])] ?? 'a',
    channels: [undefined, ['eu'], ['asia', 'us']][pick(`${post}: channels`, [0.15, 0.1])],
    body: bodyOf(name, pick(`${post}: payload`, [0.1, 0.1, 0.1, 0.1])),
    idempotencyKey: pick(`${post}: key`, [0.4]) > 0 ? `key-${name}` : undefined,
    eventId: pick(`${post}: event id`, [0.15]) > 0 ? `event-${name}` : undefined,
    startedAt,
    accepted: [],
  };
};

/** Small, compressible, too large for a task, so that the message is read, and too large for that, so that an object is. */
const bodyOf = (name: string, kind: number): string => {
  switch (kind) {
    case 1:
      return JSON.stringify({ post: name, text: 'again and '.repeat(200) });
    case 2:
      return JSON.stringify({ post: name, text: numbers(1_600) });
    case 3:
      return ` {"post":"${name}", "price": 1.50, "text":"ü€😀" } `;
    case 4:
      return JSON.stringify({ post: name, text: numbers(5_000) });
    default:
      return `{"post":"${name}"}`;
  }
};

/** Numbers without a pattern that compression would find. */
const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => Math.imul(n + 7, 0x9e3779b1) >>> 0);
