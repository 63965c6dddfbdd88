import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { messageKey, versionKey } from '@fanfare/core/keys';
import type { ReadNames } from '../domain/name-events.ts';

/** Uids of applications and event ids of messages, from their items, each read once for a batch. */
export const namesTable =
  (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): ReadNames =>
  async (applications, messages) => {
    const keys = [...applications.map(versionKey), ...messages.map(messageKey)];
    const found = await batchGet(client, tableName, keys, waiting, ['uid', 'eventId']);
    const named = new Map(found.map(({ PK, SK, uid, eventId }) => [`${PK} ${SK}`, uid ?? eventId]));
    const nameAt = ({ PK, SK }: { PK: string; SK: string }): string | undefined => {
      const name = named.get(`${PK} ${SK}`);
      return typeof name === 'string' ? name : undefined;
    };
    return {
      appUids: namesOf(applications.map((ref) => [ref.appId, nameAt(versionKey(ref))])),
      eventIds: namesOf(messages.map((ref) => [ref.messageId, nameAt(messageKey(ref))])),
    };
  };

const namesOf = (entries: readonly (readonly [string, string | undefined])[]): ReadonlyMap<string, string> =>
  new Map(entries.flatMap(([id, name]) => (name === undefined ? [] : [[id, name] as const])));
