import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { transact } from '@fanfare/core/aws/transaction';
import { isExpired } from '@fanfare/core/expiry';
import { backgroundTaskKey, importKey, type Key } from '@fanfare/core/keys';
import { importTask } from '@fanfare/events/import-task';
import * as z from 'zod/mini';
import type { BeginImportPorts } from '../domain/begin-import.ts';

type Ports = Pick<BeginImportPorts, 'findImport' | 'findImportOf' | 'begin' | 'change'>;

const claim = z.object({ taskId: z.string(), expiresAt: z.number() });

/** Tasks of imports, and which of them imports a content. Every write is conditional. */
export const importTable = (client: DynamoDBDocumentClient, tableName: string, now: () => number): Ports => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  return {
    findImport: async (ref) => {
      const item = await get(backgroundTaskKey(ref));
      return item === undefined ? undefined : importTask.parse(item);
    },

    findImportOf: async (application, content) => {
      const item = await get(importKey(application, content));
      if (item === undefined) return undefined;
      const found = claim.parse(item);
      return isExpired(found, now()) ? undefined : found.taskId;
    },

    begin: async (orgId, task, content) => {
      const { id: taskId, appId, expiresAt } = task;
      const put = (key: Key, item: object) => ({
        item: {
          Put: {
            TableName: tableName,
            Item: { ...key, ...item },
            ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now',
            ExpressionAttributeValues: { ':now': Math.floor(now() / 1000) },
          },
        },
        otherwise: 'lost-race' as const,
      });
      const written = await transact(client, [
        put(importKey({ orgId, appId }, content), { kind: 'import', taskId, expiresAt }),
        put(backgroundTaskKey({ orgId, taskId }), task),
      ]);
      return written === 'written' ? 'begun' : written;
    },

    /** By what changes alone: fields that a later version knows stay as they are. */
    change: async (orgId, { id: taskId, step }, change) => {
      const fields = Object.entries({ ...change, step: step + 1 });
      try {
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: backgroundTaskKey({ orgId, taskId }),
            UpdateExpression: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}${
              change.status === 'running' ? ' REMOVE #reason' : ''
            }`,
            ConditionExpression: '#step = :seen',
            ExpressionAttributeNames: {
              ...Object.fromEntries(fields.map(([name]) => [`#${name}`, name])),
              ...(change.status === 'running' ? { '#reason': 'reason' } : {}),
            },
            ExpressionAttributeValues: {
              ...Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
              ':seen': step,
            },
          }),
        );
        return 'changed';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'lost-race';
        throw error;
      }
    },
  };
};
