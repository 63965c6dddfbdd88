import type { Message } from './attempts.ts';
import { type KnownEndpoint, pairLabel } from './ledger.ts';
import type { World } from './world.ts';

/**
 * The promise of order: where one message was answered with 202 before another of the same ordering key was posted, the first
 * one has arrived at an ordered endpoint, or is given up on, before the other one is tried. An endpoint that was not ordered
 * all the time promises nothing.
 */
export const brokenOrder = (endpoint: KnownEndpoint, messages: readonly Message[], world: World): string[] => {
  if (!endpoint.history.every(({ ordered }) => ordered)) return [];
  const inLog = messages.filter(({ post, record }) => {
    const isOurs = post.orgId === endpoint.orgId && post.appId === endpoint.appId;
    return isOurs && record.order !== undefined && record.deliverAt === undefined;
  });
  return inLog.flatMap((one) => [
    ...inLog
      .filter((other) => isAfter(other, one, world))
      .flatMap((other) => brokenBetween(one, other, endpoint, world)),
    ...inLog.filter((other) => isBehind(other, one)).flatMap((other) => repeatedAfter(one, other, endpoint, world)),
  ]);
};

const isBehind = ({ record: { order: later } }: Message, { record: { order: earlier } }: Message): boolean =>
  later?.key === earlier?.key && (later?.number ?? 0) > (earlier?.number ?? 0);

/** Nobody comes back to a message whose successor was tried: one at a time works on a log. */
const repeatedAfter = (earlier: Message, later: Message, { id }: KnownEndpoint, { ledger }: World): string[] => {
  const [first, second] = [pairLabel(earlier.id, id), pairLabel(later.id, id)];
  const [again, triedAt] = [ledger.triedLastAt.get(first), ledger.triedAt.get(second)];
  return again !== undefined && triedAt !== undefined && again > triedAt ? [`${first} is sent after ${second}`] : [];
};

const isAfter = (later: Message, earlier: Message, { ledger }: World): boolean => {
  const acceptedAt = ledger.acceptedAt.get(earlier.id);
  const isSameLog = earlier.record.order?.key === later.record.order?.key;
  return isSameLog && earlier.post !== later.post && acceptedAt !== undefined && acceptedAt < later.post.startedAt;
};

const brokenBetween = (earlier: Message, later: Message, endpoint: KnownEndpoint, { ledger }: World): string[] => {
  const [first, second] = [pairLabel(earlier.id, endpoint.id), pairLabel(later.id, endpoint.id)];
  const [triedAt, endedAt] = [ledger.triedAt.get(second), ledger.endedAt.get(first)];
  // What was never meant for it comes before nothing.
  if (triedAt === undefined || !ledger.triedAt.has(first)) return [];
  return endedAt === undefined || endedAt > triedAt ? [`${second} is sent before ${first} is over`] : [];
};
