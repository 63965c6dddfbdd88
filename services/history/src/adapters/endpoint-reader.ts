import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { isId } from '@fanfare/core/ids';
import { endpointKey, endpointUidKey, type Key } from '@fanfare/core/keys';
import { isUid } from '@fanfare/core/uid';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { HistoryPorts } from '../domain/history.ts';

/** Endpoints as control left them, read strongly. */
export const endpointReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<HistoryPorts, 'findEndpoint' | 'endpointsByIds'> => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  return {
    findEndpoint: async (application, idOrUid) => {
      const ofUid = isUid('ep', idOrUid) ? await get(endpointUidKey(application, idOrUid)) : undefined;
      const endpointId = ofUid === undefined ? idOrUid : (ofUid.endpointId as string);
      if (!isId('ep', endpointId)) return undefined;
      return (await get(endpointKey({ ...application, endpointId }))) as EndpointRecord | undefined;
    },

    endpointsByIds: async (application, ids) => {
      const keys = ids.map((endpointId) => endpointKey({ ...application, endpointId }));
      return (await batchGet(client, tableName, keys, waiting)) as EndpointRecord[];
    },
  };
};
