import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { type MessageRef, messageKey } from '@fanfare/core/keys';

/** Finds stored messages, as they are now, in the order asked for; `undefined` for one that is gone. */
export type FindMessages = (refs: readonly MessageRef[]) => Promise<readonly (Record<string, unknown> | undefined)[]>;

export const messageTable =
  (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): FindMessages =>
  async (refs) => {
    const items = refs.length === 0 ? [] : await batchGet(client, tableName, refs.map(messageKey), waiting);
    const found = new Map(items.map((item) => [`${item.PK} ${item.SK}`, item]));
    return refs.map((ref) => {
      const { PK, SK } = messageKey(ref);
      return found.get(`${PK} ${SK}`);
    });
  };
