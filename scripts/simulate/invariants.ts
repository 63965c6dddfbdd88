import { attemptKey, endpointKey } from '@fanfare/core/keys';
import { type AttemptRecord, attemptRecord } from '@fanfare/events/attempt-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import { type EndpointState, type KnownEndpoint, type Post, pairLabel } from './ledger.ts';
import { nameOfMessage } from './names.ts';
import type { World } from './world.ts';

type Message = { readonly id: string; readonly post: Post; readonly record: MessageRecord };

/** What is broken in a world that has come to rest, each as a sentence. */
export const brokenIn = (world: World): string[] => {
  const { ledger, table } = world;
  const messages = [...ledger.minted].flatMap(([id, post]) => {
    const record = table.stored({ orgId: post.orgId, appId: post.appId, messageId: id });
    return record === undefined ? [] : [{ id, post, record }];
  });
  return [
    ...ledger.violations,
    ...world.ledger.posts.flatMap((post) => brokenPost(post, messages)),
    ...messages.flatMap((message) => brokenVersion(message, world)),
    ...messages.flatMap((message) =>
      [...ledger.endpoints.values()].flatMap((endpoint) => brokenPair(message, endpoint, world)),
    ),
    ...multiplied(world),
    ...[...ledger.endpoints.values()].flatMap((endpoint) => brokenHealth(endpoint, messages, world)),
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

/** An endpoint that answered 410 is disabled, unless its owner changed it; one that did not is not disabled for that. */
const brokenHealth = (endpoint: KnownEndpoint, messages: readonly Message[], world: World): string[] => {
  const { orgId, appId, id, isChanged } = endpoint;
  const item = world.table.get(endpointKey({ orgId, appId, endpointId: id }));
  const isGone = messages
    .flatMap((message) => attemptsOf(message, endpoint, world))
    .some(({ responseStatusCode }) => responseStatusCode === 410);
  if (item?.disabledReason === 'gone' && !isGone) return [`${id} is disabled as gone and never said so`];
  return isGone && !isChanged && item?.disabled !== true ? [`${id} said that it is gone and is not disabled`] : [];
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
        `${nameOfMessage(id)} was posted after version ${version} of ${endpointId} and is older`,
    );

const brokenPair = (message: Message, endpoint: KnownEndpoint, world: World): string[] => {
  const attempts = attemptsOf(message, endpoint, world);
  const pair = pairLabel(message.id, endpoint.id);
  const wish = wishOf(message, endpoint, world);
  const requested = [...world.ledger.requests.keys()].some((label) => label.startsWith(`${pair}#`));
  if (wish === 'never') {
    return attempts.length > 0 || requested ? [`${pair}: the endpoint did not ask for it and was tried`] : [];
  }
  if (attempts.length === 0) return wish === 'always' ? [`${pair}: lost, no attempt is recorded`] : [];
  return brokenChain(pair, attempts, wish === 'always', world);
};

const brokenChain = (pair: string, attempts: readonly AttemptRecord[], isWanted: boolean, world: World): string[] => {
  const { ledger, delaysSeconds } = world;
  const last = attempts.at(-1) as AttemptRecord;
  const broken: string[] = [];
  if (attempts.slice(0, -1).some(({ nextAttemptAt }) => nextAttemptAt === undefined)) {
    broken.push(`${pair}: went on after its last attempt`);
  }
  if (last.nextAttemptAt !== undefined) broken.push(`${pair}: attempt ${last.attempt + 1} was promised and never came`);
  if (last.succeeded && !ledger.delivered.has(pair)) broken.push(`${pair}: recorded as delivered and was not`);
  const isOver = last.attempt === delaysSeconds.length + 1 || ledger.gone.has(pair);
  if (isWanted && !last.succeeded && last.nextAttemptAt === undefined && !isOver) {
    broken.push(`${pair}: given up after attempt ${last.attempt} of ${delaysSeconds.length + 1}`);
  }
  return broken;
};

const attemptsOf = ({ id, post }: Message, endpoint: KnownEndpoint, { table }: World): AttemptRecord[] => {
  const attempts: AttemptRecord[] = [];
  const ref = { orgId: post.orgId, appId: post.appId, messageId: id, endpointId: endpoint.id };
  for (let attempt = 1; ; attempt += 1) {
    const item = table.get(attemptKey({ ...ref, attempt }));
    if (item === undefined) return attempts;
    attempts.push(attemptRecord.parse(item));
  }
};

/** Whether the endpoint asked for the message all the time from its acceptance on, at some time, or at none. */
const wishOf = (
  { post, record }: Message,
  endpoint: KnownEndpoint,
  { ledger }: World,
): 'always' | 'sometimes' | 'never' => {
  if (endpoint.orgId !== post.orgId || endpoint.appId !== post.appId) return 'never';
  const then = endpoint.history.findLast(({ version }) => version <= record.appVersion);
  if (then === undefined) return 'never';
  const states = [then, ...endpoint.history.filter(({ version }) => version > record.appVersion)];
  const wishes = states.map((state) => wants(state, post));
  if (!wishes.includes(true)) return 'never';
  const isDeleted = ledger.deletedApplications.has(`${post.orgId} ${post.appId}`);
  return wishes.includes(false) || isDeleted ? 'sometimes' : 'always';
};

const wants = (state: EndpointState, post: Post): boolean => {
  if (state.deleted || state.disabled) return false;
  if (state.eventTypes !== undefined && !state.eventTypes.includes(post.eventType)) return false;
  if (state.channels === undefined) return true;
  return state.channels.some((channel) => post.channels?.includes(channel) === true);
};

/** One retry for each failed attempt, and at most one more for each time that the task of the attempt was repeated. */
const multiplied = ({ ledger }: World): string[] =>
  [...ledger.scheduled].flatMap(([label, count]) => {
    const before = label.replace(/#(\d+)$/, (_, attempt) => `#${Number(attempt) - 1}`);
    const allowed = 1 + (ledger.repeats.get(before) ?? 0);
    return count > allowed
      ? [`${label} was scheduled ${count} times, and what is before it repeated ${allowed - 1} times`]
      : [];
  });
