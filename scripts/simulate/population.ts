import { DUE_SHARDS, dueBucket } from '@fanfare/core/due-time';
import { applicationKey, dueCursorKey, endpointKey, slotsKey, versionKey } from '@fanfare/core/keys';
import { newApplication } from '../../services/control/src/domain/application.ts';
import { newEndpoint } from '../../services/control/src/domain/endpoint.ts';
import { MICROSECONDS } from '../../services/delivery/src/domain/slots.ts';
import { cancellers } from './actors/cancel.ts';
import { deliverers } from './actors/deliver.ts';
import { drains } from './actors/drain.ts';
import { fanOuts } from './actors/fan-out.ts';
import { orderedWorkers } from './actors/ordered.ts';
import { type Change, owners, settingsOf } from './actors/owner.ts';
import { producers } from './actors/producer.ts';
import { reconcilers } from './actors/reconcile.ts';
import { sweeps } from './actors/sweep.ts';
import { bodyOf } from './bodies.ts';
import type { Choices } from './choices.ts';
import type { KnownEndpoint, Post } from './ledger.ts';
import { applicationIdOf, endpointIdOf } from './names.ts';
import { redrive } from './rest.ts';
import { type Consumers, FAULTS_END_MS, makeWorld, START_MS, type World } from './world.ts';

/** Two organisations whose applications have the same id, so that a key which forgets one of them is met. */
const APPLICATIONS = [
  { orgId: 'org_1', appId: applicationIdOf(1) },
  { orgId: 'org_1', appId: applicationIdOf(2) },
  { orgId: 'org_2', appId: applicationIdOf(1) },
] as const;
type Application = (typeof APPLICATIONS)[number];
const DAY_MS = 86_400_000;
const MOST_ENDPOINTS = 5;
const FIRST_NEW = 10;
const MOST_POSTS = 8;
const MOST_CHANGES = 4;
const MOST_REDRIVES = 3;
const REDRIVEN_AFTER_MS = 10 * 60_000;
/** Much of what is to be met takes several things at about the same time. */
const MOMENTS_MS = [0, 1, 2_500, 5_000, 7_500, 30_000, 181_000, 182_000, 360_000, 900_000] as const;
const MOMENT_ODDS = [0.1, 0.2, 0.2, 0.2, 0.08, 0.05, 0.05, 0.03, 0.03];
const CHANGES: readonly Change['kind'][] = [
  'create',
  'disable',
  'enable',
  'delete',
  'narrow',
  'delete-application',
  'order',
  'unorder',
  'move',
];
const TEMPER_ODDS = [0.22, 0.06, 0.07, 0.1, 0.1, 0.12, 0.04];
/** So slow that few tasks are many; the slots of ten tasks reach no further than a queue can delay. */
const ORDERED_ODDS = [0.4];
const RATES = [undefined, 1, 0.2, 0.035] as const;
const RATE_ODDS = [0.06, 0.05, 0.06];
/** How far ahead the slots of a rate are taken when all begins. */
const TAKEN_MS = [0, 50_000, 595_000, 700_000] as const;
const WAITS_MS = [0, 10_000, 95_000, 400_000, 1_200_000] as const;
const WAIT_ODDS = [0.05, 0.05, 0.05, 0.04];
/** Before and after the time that was asked for. */
const CANCELS_MS = [0, -60_000, -1_000, 0, 200, 45_000] as const;
const CANCEL_ODDS = [0.1, 0.1, 0.15, 0.1, 0.05];
/** The hardest moment to be disabled at is that of the looks and attempts. */
const ENABLED_AGAIN_MS = [0, 3_000, 70_000, 400_000] as const;

/** Worlds in which all is posted into one log at about the same time. */
const BURST_ODDS = [0.2];
const BURST_MS = [0, 3, 40, 700, 2_000] as const;

type Pick = (label: string, odds: readonly number[]) => number;

const isBurst = (pick: Pick): boolean => pick('a burst into one log', BURST_ODDS) > 0;

/** A world with its owners, producers, workers and those who look after dead-letter queues. */
export const populate = (choices: Choices, isTold: boolean): World => {
  const consumers: Consumers = {
    receiveTasks: () => {},
    receiveLooks: () => {},
    receiveLogs: () => {},
    receiveRecords: () => {},
  };
  const world = makeWorld(choices, isTold, consumers);
  consumers.receiveTasks = deliverers(world);
  consumers.receiveLooks = drains(world);
  consumers.receiveLogs = orderedWorkers(world);
  consumers.receiveRecords = fanOuts(world);
  sweeps(world);
  reconcilers(world);
  // Everything has been at work for long.
  for (const shard of DUE_SHARDS) {
    world.table.put({ ...dueCursorKey(shard), kind: 'due-cursor', bucket: dueBucket(START_MS) - 1 });
  }

  const pick: Pick = (label, odds) => world.choices.choose('workload', label, odds);
  const isBusyOne = pick('all in one application', [0.5]) > 0 || isBurst(pick);
  const applicationOf = (label: string): Application =>
    APPLICATIONS[pick(`${label}: application`, isBusyOne ? [] : [0.2, 0.2])] ?? APPLICATIONS[0];
  const moment = (label: string): number =>
    (MOMENTS_MS[pick(label, MOMENT_ODDS)] ?? 0) + 2 * pick(`${label}, later`, [0.2, 0.2]);

  const endpoints = startEndpoints(world, pick, applicationOf);
  startOwners(world, endpoints, pick, moment, applicationOf);
  startProducers(world, pick, moment, applicationOf);
  for (let n = 1; n <= MOST_REDRIVES; n += 1) {
    world.timeline.after((FAULTS_END_MS * n) / (MOST_REDRIVES + 1), () => {
      if (pick(`redrive ${n}`, [0.5]) > 0) redrive(world);
    });
  }
  // Somebody looks into the dead-letter queues when all is well again, also where others go on waiting for what is in them.
  world.timeline.after(FAULTS_END_MS + REDRIVEN_AFTER_MS, () => void redrive(world));
  return world;
};

type Moment = (label: string) => number;
type ApplicationOf = (label: string) => Application;

const endpointNumbered = (n: number, pick: Pick, applicationOf: ApplicationOf): KnownEndpoint => {
  const name = `ep_${n}`;
  const isOrderly = pick('ordered', ORDERED_ODDS) > 0 || isBurst(pick);
  const { orgId, appId } = applicationOf(name);
  const url = `https://hooks.example.com/${orgId}/${name}`;
  return {
    ...{ id: endpointIdOf(n), orgId, appId, url, standsAt: url, history: [] },
    ...{ isChanged: false, aliveAt: 0, parkEmptyAt: 0 },
    ...{ failures: 0, failedFirstAt: Number.POSITIVE_INFINITY, hasThrottled: false },
    key: new TextEncoder().encode(`the secret key of ${orgId} ${name}`),
    temper: pick(`${name}: temper`, TEMPER_ODDS),
    rate: RATES[pick(`${name}: rate`, RATE_ODDS)],
    isMadeOrdered: isOrderly && pick(`${name}: ordered`, [0.75]) > 0,
  };
};

/** What stands before the first message. */
const startEndpoints = ({ table, ledger }: World, pick: Pick, applicationOf: ApplicationOf): KnownEndpoint[] => {
  const versions = new Map<Application, number>(APPLICATIONS.map((ref) => [ref, 1]));
  const ordered = new Map<Application, number>();
  const made: KnownEndpoint[] = [];
  for (let n = 1; n <= MOST_ENDPOINTS; n += 1) {
    if (pick(`endpoint ${n}`, [n === 1 ? 0.95 : 0.5]) === 0) continue;
    const known = endpointNumbered(n, pick, applicationOf);
    const ref = APPLICATIONS.find(({ orgId, appId }) => orgId === known.orgId && appId === known.appId);
    if (ref === undefined) continue;
    const version = (versions.get(ref) ?? 0) + 1;
    versions.set(ref, version);
    ordered.set(ref, (ordered.get(ref) ?? 0) + (known.isMadeOrdered ? 1 : 0));
    table.put({ ...versionKey(ref), kind: 'application-version', version });
    ledger.endpoints.set(known.id, known);
    const settings = {
      ...{ ...settingsOf(known), disabled: pick(`ep_${n}: disabled`, [0.05]) > 0 },
      eventTypes: [undefined, ['a'], ['b'], []][pick(`ep_${n}: types`, [0.15, 0.1, 0.02])],
      channels: [undefined, ['eu'], ['us', 'eu']][pick(`ep_${n}: channels`, [0.1, 0.1])],
    };
    const isSlow = pick(`ep_${n}: slow`, [0.06]) > 0;
    table.put({
      ...endpointKey({ ...ref, endpointId: known.id }),
      ...newEndpoint(known.id, settings, { sealed: known.key }, version, START_MS - DAY_MS),
      ...(isSlow ? { slowSince: START_MS - DAY_MS } : {}),
      ...(known.isMadeOrdered ? { orderedVersion: version } : {}),
    });
    const takenMs = TAKEN_MS[known.rate === undefined ? 0 : pick(`ep_${n}: slots taken`, [0.2, 0.3, 0.2])] ?? 0;
    if (takenMs > 0) {
      table.put({ ...slotsKey(ref, known.id), kind: 'slots', freeAt: (START_MS + takenMs) * MICROSECONDS });
    }
    made.push(known);
  }
  for (const [index, ref] of APPLICATIONS.entries()) {
    const throttleRate = RATES[pick(`application ${index + 1}: rate`, [0.02, 0.03, 0.01])];
    if (throttleRate !== undefined) ledger.applicationRates.set(`${ref.orgId} ${ref.appId}`, throttleRate);
    const application = newApplication(ref.appId, { name: 'Shop', throttleRate, metadata: {} }, START_MS - DAY_MS);
    table.put({ ...applicationKey(ref), ...application });
    table.put({
      ...versionKey(ref),
      ...{ kind: 'application-version', version: versions.get(ref) ?? 1, throttleRate },
      orderedEndpoints: ordered.get(ref) ?? 0,
    });
  }
  return made;
};

const startOwners = (
  world: World,
  endpoints: readonly KnownEndpoint[],
  pick: Pick,
  moment: Moment,
  applicationOf: ApplicationOf,
): void => {
  const owner = owners(world);
  for (let n = 1; n <= MOST_CHANGES; n += 1) {
    const name = `change ${n}`;
    const ordering = pick('ordered', ORDERED_ODDS) > 0 ? 0.06 : 0;
    const kind = CHANGES[pick(name, [0.28, 0.16, 0.1, 0.05, 0.05, 0.01, ordering, ordering, 0.12]) - 1];
    if (kind === undefined) continue;
    const target = endpoints[pick(`${name}: which`, [0.3, 0.2])];
    const endpoint =
      kind === 'create' || target === undefined ? endpointNumbered(FIRST_NEW + n, pick, applicationOf) : target;
    world.timeline.after(moment(`${name}: time`), () => owner.change({ name, kind, endpoint }));
    const again = ENABLED_AGAIN_MS[kind === 'disable' ? pick(`${name}: taken back`, [0.3, 0.3, 0.2]) : 0] ?? 0;
    if (again === 0) continue;
    world.timeline.after(moment(`${name}: time`) + again, () =>
      owner.change({ name: `${name} back`, kind: 'enable', endpoint }),
    );
  }
};

const startProducers = (world: World, pick: Pick, moment: Moment, applicationOf: ApplicationOf): void => {
  const [producer, canceller] = [producers(world), cancellers(world)];
  for (let n = 1; n <= MOST_POSTS; n += 1) {
    if (pick(`post ${n}`, [n <= 2 || isBurst(pick) ? 0.9 : 0.45]) === 0) continue;
    const burst = pick(`post ${n}: in the burst`, isBurst(pick) ? [0.25, 0.2, 0.2, 0.2] : []);
    const at = burst > 0 ? (BURST_MS[burst] ?? 0) : moment(`post ${n}: time`);
    const post = postNamed(`${n}`, pick, applicationOf, START_MS + at);
    world.timeline.after(at, () => producer.post(post));
    if (post.deliverAt === undefined) continue;
    const cancel = pick(`post ${n}: called off`, CANCEL_ODDS);
    if (cancel === 0) continue;
    const cancelAt = post.deliverAt + (CANCELS_MS[cancel] ?? 0) - START_MS;
    world.timeline.after(Math.max(at + 500, cancelAt), () => canceller.callOff(post));
  }
};

const postNamed = (name: string, pick: Pick, applicationOf: ApplicationOf, startedAt: number): Post => {
  const post = `post ${name}`;
  const waitMs = WAITS_MS[pick(`${post}: waits`, WAIT_ODDS)] ?? 0;
  return {
    name,
    ...applicationOf(post),
    eventType: ['a', 'b'][pick(`${post}: type`, [0.3])] ?? 'a',
    channels: [undefined, ['eu'], ['asia', 'us']][pick(`${post}: channels`, [0.15, 0.1])],
    body: bodyOf(name, pick(`${post}: payload`, [0.1, 0.1, 0.1, 0.1])),
    idempotencyKey: pick(`${post}: key`, [0.4]) > 0 ? `key-${name}` : undefined,
    eventId: pick(`${post}: event id`, [0.15]) > 0 ? `event-${name}` : undefined,
    // Not before it is posted by a clock that is ahead.
    deliverAt: waitMs === 0 ? undefined : startedAt + waitMs + 60_000,
    orderingKey: [undefined, 'a', 'b'][pick(`${post}: ordering key`, isBurst(pick) ? [0.05] : [0.2, 0.15])],
    startedAt,
    accepted: [],
  };
};
