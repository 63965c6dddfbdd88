import { parkPartition } from '@fanfare/core/keys';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import { attemptsOf, type Message, messagesIn } from './attempts.ts';
import { type KnownEndpoint, type Post, pairLabel } from './ledger.ts';
import { nameOfMessage, readable } from './names.ts';
import { brokenOrder } from './order.ts';
import { brokenRates } from './rates.ts';
import { brokenSchedule } from './scheduled.ts';
import { wishOf } from './wishes.ts';
import type { World } from './world.ts';

/** What is broken in a world that has come to rest, each as a sentence. */
export const brokenIn = (world: World): string[] => {
  const { ledger } = world;
  const messages = messagesIn(world);
  const endpoints = [...ledger.endpoints.values()];
  return [
    ...ledger.violations,
    ...ledger.posts.flatMap((post) => brokenPost(post, messages)),
    ...messages.flatMap((message) => brokenVersion(message, world)),
    ...messages.flatMap((message) => brokenSchedule(message, world)),
    ...messages.flatMap((message) => endpoints.flatMap((endpoint) => brokenPair(message, endpoint, world))),
    ...multiplied(world),
    ...endpoints.flatMap((endpoint) => forgotten(endpoint, world)),
    ...brokenRates(world),
    ...endpoints.flatMap((endpoint) => brokenOrder(endpoint, messages, world)),
  ];
};

const brokenPost = (post: Post, messages: readonly Message[]): string[] => {
  const stored = new Set(messages.map(({ id }) => id));
  const lost = post.accepted.filter(({ messageId }) => !stored.has(messageId));
  const isOnce = post.idempotencyKey !== undefined || post.eventId !== undefined;
  const made = messages.filter((message) => message.post === post);
  return [
    ...lost.map(({ messageId }) => `${nameOfMessage(messageId)} was accepted and is not in the table`),
    ...(isOnce && made.length > 1 ? [`post ${post.name} made ${made.length} messages with one key`] : []),
  ];
};

/** A change that was acknowledged before a message was posted is in force for it. */
const brokenVersion = ({ id, post, record }: Message, { ledger }: World): string[] =>
  ledger.acknowledged
    .filter(({ endpointId, at, version }) => {
      const endpoint = ledger.endpoints.get(endpointId);
      const isOurs = endpoint?.orgId === post.orgId && endpoint.appId === post.appId;
      return isOurs && at < post.startedAt && version > record.appVersion;
    })
    .map(
      ({ endpointId, version }) =>
        `${nameOfMessage(id)} was posted after version ${version} of ${readable(endpointId)} and is older`,
    );

const brokenPair = (message: Message, endpoint: KnownEndpoint, world: World): string[] => {
  const { ledger } = world;
  const attempts = attemptsOf(message, endpoint, world);
  const pair = pairLabel(message.id, endpoint.id);
  const wish = wishOf(message, endpoint, world);
  const requested = [...ledger.requests.keys()].some((label) => label.startsWith(`${pair}#`));
  if (wish.kind === 'never') {
    return attempts.length > 0 || requested ? [`${pair}: the endpoint did not ask for it and was tried`] : [];
  }
  if (attempts.length > 0) return brokenChain(pair, attempts, wish.isKept, world);
  if (wish.kind === 'always') return [`${pair}: lost, no attempt is recorded`];
  return ledger.published.has(`${pair}#1`) ? [`${pair}: its task was published and never ended`] : [];
};

/** `isKept`: neither the endpoint nor its application was ever deleted, so that nothing but failure ends it. */
const brokenChain = (pair: string, attempts: readonly AttemptRecord[], isKept: boolean, world: World): string[] => {
  const { ledger, delaysSeconds } = world;
  const last = attempts.at(-1) as AttemptRecord;
  const broken: string[] = [];
  if (attempts.slice(0, -1).some(({ nextAttemptAt }) => nextAttemptAt === undefined)) {
    broken.push(`${pair}: went on after its last attempt`);
  }
  if (last.nextAttemptAt !== undefined) broken.push(`${pair}: attempt ${last.attempt + 1} was promised and never came`);
  if (last.succeeded && !ledger.delivered.has(pair)) broken.push(`${pair}: recorded as delivered and was not`);
  const isOver = last.attempt === delaysSeconds.length + 1 || ledger.gone.has(pair);
  if (isKept && !last.succeeded && last.nextAttemptAt === undefined && !isOver) {
    broken.push(`${pair}: given up after attempt ${last.attempt} of ${delaysSeconds.length + 1}: ${last.response}`);
  }
  return broken;
};

/** One retry for each failed attempt, and at most one more for each time that the task of the attempt was repeated. */
const multiplied = ({ ledger }: World): string[] => {
  const wereOrdered = [...ledger.endpoints.values()]
    .filter(({ history }) => history.some(({ ordered }) => ordered))
    .map(({ id }) => id);
  return [...ledger.scheduled].flatMap(([label, count]) => {
    const before = label.replace(/#(\d+)$/, (_, attempt) => `#${Number(attempt) - 1}`);
    // What stood in a log goes out as a task, once more after a crash.
    if (wereOrdered.some((id) => label.includes(`>${readable(id)}#`))) return [];
    const allowed = 1 + (ledger.repeats.get(before) ?? 0);
    return count > allowed
      ? [`${label} was scheduled ${count} times, and what is before it repeated ${allowed - 1} times`]
      : [];
  });
};

const forgotten = (endpoint: KnownEndpoint, { table }: World): string[] => {
  const left = table.page(parkPartition({ ...endpoint, endpointId: endpoint.id }), () => true);
  return left.length === 0 ? [] : [`${left.length} tasks stay parked at ${readable(endpoint.id)}, which was enabled`];
};
