import { isExpired } from '@fanfare/core/expiry';
import { dueKey, eventIdKey, idempotencyKey, type Key, type MessageRef, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from './accept.ts';
import { dueMessageOf } from './due-message.ts';

type Table = Pick<AcceptPorts, 'claim' | 'save'> & {
  readonly stored: (ref: MessageRef) => Promise<MessageRecord | undefined>;
  readonly isDue: (ref: MessageRef, dueAt: number) => Promise<boolean>;
};

/** Claims and messages in memory, as `messageTable` keeps them. */
export const fakeMessageTable = (now: () => number): Table => {
  const claims = new Map<string, Claim & { readonly expiresAt: number }>();
  const eventIds = new Map<string, { readonly messageId: string; readonly expiresAt: number }>();
  const messages = new Map<string, MessageRecord>();
  const due = new Set<string>();
  const dueText = (ref: MessageRef, dueAt: number): string => {
    const item = dueMessageOf(ref, dueAt);
    return textOf(dueKey({ dueAt, what: item.what, id: dueId(item) }));
  };
  const standing = <T extends { readonly expiresAt: number }>(items: Map<string, T>, key: string): T | undefined => {
    const item = items.get(key);
    return item === undefined || isExpired(item, now()) ? undefined : item;
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
      if (record.eventId !== undefined) {
        const key = textOf(eventIdKey(ref, record.eventId));
        const owner = standing(eventIds, key)?.messageId;
        if (owner !== undefined) return owner === ref.messageId ? 'already-saved' : 'event-id-taken';
        eventIds.set(key, { messageId: ref.messageId, expiresAt: record.expiresAt });
      }
      const key = textOf(messageKey(ref));
      if (messages.has(key)) return 'already-saved';
      messages.set(key, record);
      if (record.dueAt !== undefined) due.add(dueText(ref, record.dueAt));
      return 'saved';
    },

    isDue: async (ref, dueAt) => due.has(dueText(ref, dueAt)),

    stored: async (ref) => messages.get(textOf(messageKey(ref))),
  };
};

const textOf = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
