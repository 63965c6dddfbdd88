import { isExpired } from '@fanfare/core/expiry';
import {
  dueKey,
  eventIdKey,
  idempotencyKey,
  type Key,
  type LogRef,
  logKey,
  logNextKey,
  type MessageRef,
  messageKey,
} from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from './accept.ts';
import type { AcceptManyPorts } from './accept-many.ts';
import { dueMessageOf } from './due-message.ts';

/** A store of claims and messages, and what a test asks it beside. */
export type MessageStore = Pick<
  AcceptPorts & AcceptManyPorts,
  'claim' | 'isSaved' | 'save' | 'takeNumber' | 'takeNumbers' | 'closeNumber'
> & {
  readonly stored: (ref: MessageRef) => Promise<MessageRecord | undefined>;
  readonly isDue: (ref: MessageRef, dueAt: number) => Promise<boolean>;
  /** What stands at a number: the message that has it, or `closed`. */
  readonly placeOf: (log: LogRef, number: number) => Promise<string | undefined>;
};

/** Claims and messages in memory, as `messageTable` keeps them. */
export const fakeMessageTable = (now: () => number): MessageStore => {
  const claims = new Map<string, Claim & { readonly expiresAt: number }>();
  const eventIds = new Map<string, { readonly messageId: string; readonly expiresAt: number }>();
  const messages = new Map<string, MessageRecord>();
  const due = new Set<string>();
  const taken = new Map<string, number>();
  const places = new Map<string, string>();
  const dueText = (ref: MessageRef, dueAt: number): string => {
    const item = dueMessageOf(ref, dueAt);
    return textOf(dueKey({ dueAt, what: item.what, id: dueId(item) }));
  };
  const standing = <T extends { readonly expiresAt: number }>(items: Map<string, T>, key: string): T | undefined => {
    const item = items.get(key);
    return item === undefined || isExpired(item, now()) ? undefined : item;
  };

  const takeNumbers = async (log: LogRef, count: number): Promise<number> => {
    const key = textOf(logNextKey(log));
    const first = (taken.get(key) ?? 0) + 1;
    taken.set(key, first + count - 1);
    return first;
  };

  return {
    claim: async (orgId, keyHash, claim, expiresAt) => {
      const key = textOf(idempotencyKey(orgId, keyHash));
      const found = standing(claims, key);
      if (found === undefined) claims.set(key, { ...claim, expiresAt });
      const { messageId, acceptedAt, fingerprint } = found ?? claim;
      return { messageId, acceptedAt, fingerprint };
    },

    save: async (ref, record) => {
      const eventKey = record.eventId === undefined ? undefined : textOf(eventIdKey(ref, record.eventId));
      const owner = eventKey === undefined ? undefined : standing(eventIds, eventKey)?.messageId;
      if (owner !== undefined) return owner === ref.messageId ? 'already-saved' : 'event-id-taken';
      const key = textOf(messageKey(ref));
      if (messages.has(key)) return 'already-saved';
      const { order } = record;
      const place = order && textOf(logKey({ ...ref, orderingKey: order.key }, order.number));
      if (place !== undefined && places.has(place)) return 'number-closed';
      if (eventKey !== undefined) {
        eventIds.set(eventKey, { messageId: ref.messageId, expiresAt: record.expiresAt });
      }
      if (place !== undefined) places.set(place, ref.messageId);
      messages.set(key, record);
      if (record.dueAt !== undefined) due.add(dueText(ref, record.dueAt));
      return 'saved';
    },

    isSaved: async (ref) => messages.has(textOf(messageKey(ref))),

    takeNumber: async (log) => takeNumbers(log, 1),

    takeNumbers,

    closeNumber: async (log, number) => {
      const key = textOf(logKey(log, number));
      if (places.has(key)) return 'taken';
      places.set(key, 'closed');
      return 'closed';
    },

    placeOf: async (log, number) => places.get(textOf(logKey(log, number))),

    isDue: async (ref, dueAt) => due.has(dueText(ref, dueAt)),

    stored: async (ref) => messages.get(textOf(messageKey(ref))),
  };
};

const textOf = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
