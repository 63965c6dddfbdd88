import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { type EndpointRecord, endpointRecord } from '@fanfare/events/endpoint-record';
import { isId } from '../ids.ts';
import { type ApplicationRef, endpointKey, endpointUidKey, type Key } from '../keys.ts';
import { isUid } from '../uid.ts';

/** By id or uid; a deleted endpoint too, by its id. `undefined` when there is none. Throws for one that cannot be read. */
export type FindEndpoint = (application: ApplicationRef, idOrUid: string) => Promise<EndpointRecord | undefined>;

/** Finds endpoints as control left them, read strongly. */
export const endpointFinder = (client: DynamoDBDocumentClient, tableName: string): FindEndpoint => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const idOf = async (application: ApplicationRef, idOrUid: string): Promise<string | undefined> => {
    if (isId('ep', idOrUid)) return idOrUid;
    if (!isUid('ep', idOrUid)) return undefined;
    return (await get(endpointUidKey(application, idOrUid)))?.endpointId as string | undefined;
  };

  return async ({ orgId, appId }, idOrUid) => {
    const endpointId = await idOf({ orgId, appId }, idOrUid);
    const item = endpointId === undefined ? undefined : await get(endpointKey({ orgId, appId, endpointId }));
    return item === undefined ? undefined : endpointRecord.parse(item);
  };
};
