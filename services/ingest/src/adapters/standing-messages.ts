import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { messageKey } from '@fanfare/core/keys';
import type { SweepPayloadsPorts } from '../domain/sweep-payloads.ts';

/**
 * Which messages stand in the table and may have a payload, read strongly. A call that is repeated after its message was expunged
 * writes the object once more, and nobody refers to it.
 */
export const standingMessages =
  (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): SweepPayloadsPorts['standing'] =>
  async (refs) => {
    const found = await batchGet(client, tableName, refs.map(messageKey), waiting, ['kind', 'expungedAt']);
    const keys = new Set(found.filter(({ expungedAt }) => expungedAt === undefined).map(({ PK, SK }) => `${PK} ${SK}`));
    return new Set(
      refs
        .filter((ref) => {
          const { PK, SK } = messageKey(ref);
          return keys.has(`${PK} ${SK}`);
        })
        .map(({ messageId }) => messageId),
    );
  };
