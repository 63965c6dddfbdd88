import { isExpired } from '@fanfare/core/expiry';
import { eventIdKey, idempotencyKey, type Key, type MessageRef, messageKey } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { AcceptPorts, Claim } from './accept.ts';

type Table = Pick<AcceptPorts, 'claim' | 'save'> & {
  readonly stored: (ref: MessageRef) => Promise<MessageRecord | undefined>;
};

/** Claims and messages in memory, as `messageTable` keeps them. */
export const fakeMessageTable = (now: () => number): Table => {
  const claims = new Map<string, Claim & { readonly expiresAt: number }>();
  const eventIds = new Map<string, { readonly messageId: string; readonly expiresAt: number }>();
  const messages = new Map<string, MessageRecord>();
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
      return 'saved';
    },

    stored: async (ref) => messages.get(textOf(messageKey(ref))),
  };
};

const textOf = ({ PK, SK }: Key): string => `${PK}\n${SK}`;
