import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { messageKey } from '@fanfare/core/keys';
import type { SweepPayloadsPorts } from '../domain/sweep-payloads.ts';

/** Which messages stand in the table, read strongly. */
export const standingMessages =
  (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): SweepPayloadsPorts['standing'] =>
  async (refs) => {
    const found = await batchGet(client, tableName, refs.map(messageKey), waiting, ['kind']);
    const keys = new Set(found.map(({ PK, SK }) => `${PK} ${SK}`));
    return new Set(
      refs
        .filter((ref) => {
          const { PK, SK } = messageKey(ref);
          return keys.has(`${PK} ${SK}`);
        })
        .map(({ messageId }) => messageId),
    );
  };
