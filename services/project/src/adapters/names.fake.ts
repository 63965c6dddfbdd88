import { messageKey, versionKey } from '@fanfare/core/keys';
import type { ReadNames } from '../domain/name-events.ts';

type Item = { readonly PK: string; readonly SK: string } & Record<string, unknown>;

/** Names out of items in memory. */
export const fakeNames =
  (items: readonly Item[]): ReadNames =>
  async (applications, messages) => {
    const name = (key: { PK: string; SK: string }, attribute: string) =>
      items.find(({ PK, SK }) => PK === key.PK && SK === key.SK)?.[attribute] as string | undefined;
    const named = <T>(of: readonly T[], entry: (one: T) => readonly [string, string | undefined]) =>
      new Map(of.map(entry).filter((each): each is [string, string] => each[1] !== undefined));
    return {
      appUids: named(applications, (ref) => [ref.appId, name(versionKey(ref), 'uid')] as const),
      eventIds: named(messages, (ref) => [ref.messageId, name(messageKey(ref), 'eventId')] as const),
    };
  };
