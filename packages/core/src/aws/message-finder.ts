import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { isId } from '../ids.ts';
import { type ApplicationRef, eventIdKey, type Key, type MessageRef, messageKey } from '../keys.ts';
import { isUid } from '../uid.ts';

/** A message's item as it stands, not yet understood. */
export type FoundMessageItem = { readonly ref: MessageRef; readonly item: Record<string, unknown> };

/** By id or `eventId`, within an application. `undefined` when there is none. */
export type FindMessageItem = (
  application: ApplicationRef,
  idOrEventId: string,
) => Promise<FoundMessageItem | undefined>;

/** Finds messages, read strongly. */
export const messageFinder = (client: DynamoDBDocumentClient, tableName: string): FindMessageItem => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const idOf = async (application: ApplicationRef, idOrEventId: string): Promise<string | undefined> => {
    if (isId('msg', idOrEventId)) return idOrEventId;
    if (!isUid('msg', idOrEventId)) return undefined;
    return (await get(eventIdKey(application, idOrEventId)))?.messageId as string | undefined;
  };

  return async ({ orgId, appId }, idOrEventId) => {
    const messageId = await idOf({ orgId, appId }, idOrEventId);
    if (messageId === undefined) return undefined;
    const ref = { orgId, appId, messageId };
    const item = await get(messageKey(ref));
    return item && { ref, item };
  };
};
