import { concurrently } from '@fanfare/core/concurrently';
import type { FoundApplication } from '@fanfare/core/find-application';
import { idTimeMs } from '@fanfare/core/ids';
import { hourOf, type MessageRef } from '@fanfare/core/keys';
import type { TakeNumbers } from '@fanfare/core/log-numbers';
import { INLINE_PAYLOAD_BYTES } from '@fanfare/core/payload-object';
import type { MessageRecord } from '@fanfare/events/message-record';
import { DEFAULT_ORDERING_KEY } from '@fanfare/events/ordered-log';
import {
  type Accepted,
  type AcceptPorts,
  isWithinReach,
  type NotAccepted,
  recordOf,
  withBodyPlaced,
} from './accept.ts';
import type { MessageInput } from './message-input.ts';
import { type NumberBlock, numberBlock } from './number-block.ts';
import { type SaveInOrderPorts, saveInOrder } from './save-in-order.ts';

/** One of many messages that come together, with the id that it will have. */
export type Entry = {
  readonly orgId: string;
  /** The application's id or uid. */
  readonly application: string;
  readonly message: MessageInput;
  readonly correlationId: string;
  readonly messageId: string;
  readonly acceptedAt: number;
  /** Whether it may come again under the same id. Its write is conditional then, so that what stands is not replaced. */
  readonly comesAgain: boolean;
};

export type EntryOutcome =
  | { readonly kind: 'accepted'; readonly accepted: Accepted }
  | { readonly kind: 'refused'; readonly why: NotAccepted }
  /** Something that we need failed: whether it was written is not known, and it may be tried again. */
  | { readonly kind: 'failed'; readonly error: unknown };

export type NewMessage = { readonly ref: MessageRef; readonly record: MessageRecord };

export type AcceptManyPorts = SaveInOrderPorts &
  Pick<AcceptPorts, 'findApplication' | 'markActive' | 'keepPayload' | 'now'> & {
    /**
     * Saves messages whose ids nobody else knows, without conditions. Answers the error of each that may not have been
     * written, by its id.
     */
    readonly saveFresh: (messages: readonly NewMessage[]) => Promise<ReadonlyMap<string, unknown>>;
    readonly takeNumbers: TakeNumbers;
  };

type Ready = NewMessage & {
  readonly entry: Entry;
  /** The log that it takes its place in; absent where the application has no ordered endpoint. */
  readonly log?: string;
};

const READS_AT_ONCE = 10;
const WRITES_AT_ONCE = 25;
const BODIES_AT_ONCE = 10;

/**
 * Accepts many messages, each by the rules of `accept`: one that is refused or fails does not touch its neighbours. Answers in
 * their order. Throws before anything is written when an application cannot be read or marked as active.
 */
export const acceptMany = async (
  entries: readonly Entry[],
  ports: AcceptManyPorts,
): Promise<readonly EntryOutcome[]> => {
  const applications = await findApplications(entries, ports);
  const judged = entries.map((entry) => judge(entry, applications.get(nameOf(entry)), ports.now()));
  const ready = judged.filter((one) => 'ref' in one);
  await markAll(ready, ports);

  const outcomes = new Map<Entry, EntryOutcome>();
  const [guarded, fresh] = [ready.filter(isGuarded), ready.filter((one) => !isGuarded(one))];
  const failed = await saveAllFresh(fresh, ports);
  for (const one of fresh) {
    const { messageId } = one.ref;
    outcomes.set(one.entry, failed.has(messageId) ? { kind: 'failed', error: failed.get(messageId) } : accepted(one));
  }
  await concurrently(WRITES_AT_ONCE, chainsOf(guarded), async (chain) => {
    for (const [one, outcome] of await saveChain(chain, ports)) outcomes.set(one.entry, outcome);
  });
  return judged.map((one) => ('ref' in one ? (outcomes.get(one.entry) as EntryOutcome) : one));
};

/** Answers the error of each that may not have been written, by its id. One whose body cannot be kept is not written. */
const saveAllFresh = async (fresh: readonly Ready[], ports: AcceptManyPorts): Promise<ReadonlyMap<string, unknown>> => {
  const failed = new Map<string, unknown>();
  const placed = await concurrently(BODIES_AT_ONCE, fresh, async (one) => {
    try {
      return [{ ref: one.ref, record: await withBodyPlaced(one.ref, one.record, one.entry.message, ports) }];
    } catch (error) {
      failed.set(one.ref.messageId, error);
      return [];
    }
  });
  const whole = placed.flat();
  if (whole.length === 0) return failed;
  return new Map([...failed, ...(await ports.saveFresh(whole))]);
};

const nameOf = ({ orgId, application }: Entry): string => `${orgId} ${application}`;

const findApplications = async (
  entries: readonly Entry[],
  { findApplication }: AcceptManyPorts,
): Promise<Map<string, FoundApplication | undefined>> => {
  const distinct = [...new Map(entries.map((entry) => [nameOf(entry), entry]))];
  return new Map(
    await concurrently(
      READS_AT_ONCE,
      distinct,
      async ([name, { orgId, application }]) => [name, await findApplication(orgId, application)] as const,
    ),
  );
};

const judge = (
  entry: Entry,
  application: FoundApplication | undefined,
  nowMs: number,
): Ready | Extract<EntryOutcome, { kind: 'refused' }> => {
  if (application === undefined) return { kind: 'refused', why: 'application-not-found' };
  if (!isWithinReach(entry.message.deliverAt, entry.acceptedAt)) {
    return { kind: 'refused', why: 'deliver-at-out-of-reach' };
  }
  const { orgId, appId, orderedEndpoints = 0 } = application;
  const record = recordOf(entry, entry, application, nowMs);
  const log = entry.message.orderingKey ?? DEFAULT_ORDERING_KEY;
  return {
    entry,
    ref: { orgId, appId, messageId: entry.messageId },
    record,
    ...(record.deliverAt === undefined && orderedEndpoints > 0 ? { log } : {}),
  };
};

/** Once for the first and once for the last of an application's hour: of those one may be late, and the other not. */
const markAll = async (ready: readonly Ready[], { markActive }: AcceptManyPorts): Promise<void> => {
  const groups = new Map<string, { readonly ref: MessageRef; readonly times: number[] }>();
  for (const { ref } of ready) {
    const time = idTimeMs(ref.messageId);
    const name = `${ref.orgId} ${ref.appId} ${hourOf(time)}`;
    const group = groups.get(name) ?? { ref, times: [] };
    groups.set(name, group);
    group.times.push(time);
  }
  const marks = [...groups.values()].flatMap(({ ref, times: [first = 0, ...others] }) => {
    const least = others.reduce((a, b) => Math.min(a, b), first);
    const most = others.reduce((a, b) => Math.max(a, b), first);
    return (least === most ? [least] : [least, most]).map((time) => ({ ref, time }));
  });
  await concurrently(READS_AT_ONCE, marks, ({ ref: { orgId, appId }, time }) => markActive({ orgId, appId }, time));
};

/** What is written under a condition: a fresh id alone needs none. */
const isGuarded = ({ entry, record, log }: Ready): boolean =>
  entry.comesAgain || record.eventId !== undefined || record.dueAt !== undefined || log !== undefined;

/**
 * What is written one after the other: messages of one log, which take their places as they stand in the batch, and messages
 * with the same event id, of which the first one wins.
 */
const chainsOf = (guarded: readonly Ready[]): readonly (readonly Ready[])[] => {
  const chains = new Map<string, Ready[]>();
  for (const one of guarded) {
    const { orgId, appId, messageId } = one.ref;
    const { eventId } = one.record;
    const own = eventId === undefined ? ['message', messageId] : ['event', eventId];
    const name = [orgId, appId, ...(one.log === undefined ? own : ['log', one.log])].join(' ');
    const chain = chains.get(name) ?? [];
    chains.set(name, chain);
    chain.push(one);
  }
  return [...chains.values()];
};

/** In a log, nothing is written behind what could not be: that comes again, and would come after it. */
const saveChain = async (
  chain: readonly Ready[],
  ports: AcceptManyPorts,
): Promise<readonly (readonly [Ready, EntryOutcome])[]> => {
  const outcomes: (readonly [Ready, EntryOutcome])[] = [];
  const numbers = numbersOf(chain, () => chain.length - outcomes.length, ports);
  let blocked: EntryOutcome | undefined;
  for (const one of chain) {
    if (blocked !== undefined) {
      outcomes.push([one, blocked]);
      continue;
    }
    const { outcome, isStanding } = await saveGuarded(one, { ...ports, ...numbers });
    // Somebody else may have given it a number that is higher than ours.
    if (isStanding) await numbers?.drop();
    if (outcome.kind === 'failed' && one.log !== undefined) blocked = outcome;
    outcomes.push([one, outcome]);
  }
  await numbers?.drop();
  return outcomes;
};

const numbersOf = (
  [first]: readonly Ready[],
  wanted: () => number,
  ports: AcceptManyPorts,
): NumberBlock | undefined => {
  if (first?.log === undefined) return undefined;
  const { orgId, appId } = first.ref;
  return numberBlock({ orgId, appId, orderingKey: first.log }, wanted, ports);
};

type Guarded = { readonly outcome: EntryOutcome; readonly isStanding: boolean };

const saveGuarded = async (one: Ready, ports: AcceptManyPorts): Promise<Guarded> => {
  const save = one.log === undefined ? ports.save : saveInOrder(one.log, one.entry.comesAgain, ports);
  try {
    if (isOutOfSweep(one, ports.now()) && (await ports.isSaved(one.ref))) {
      return { outcome: accepted(one), isStanding: true };
    }
    const saved = await save(one.ref, await withBodyPlaced(one.ref, one.record, one.entry.message, ports));
    const outcome: EntryOutcome = saved === 'event-id-taken' ? { kind: 'refused', why: saved } : accepted(one);
    return { outcome, isStanding: saved === 'already-saved' };
  } catch (error) {
    return { outcome: { kind: 'failed', error }, isStanding: false };
  }
};

/** The sweep meets an object that was written within a day of its message's time, and no later one. */
const SWEPT_MS = 24 * 60 * 60 * 1000;

/** One whose object nobody would clear away: it is not written for a message that stands, which may be expunged by now. */
const isOutOfSweep = ({ ref, record, entry }: Ready, nowMs: number): boolean =>
  entry.comesAgain &&
  nowMs - idTimeMs(ref.messageId) > SWEPT_MS &&
  (record.payload?.length ?? 0) > INLINE_PAYLOAD_BYTES;

const accepted = ({ ref, entry: { acceptedAt, message } }: Ready): EntryOutcome => ({
  kind: 'accepted',
  accepted: { ...ref, acceptedAt, message },
});
