import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, type Key, versionKey } from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import type { ActivatePorts } from '../domain/activate.ts';
import { patientUpdate } from './patient-update.ts';

/** What was found of an endpoint stands in its own item, so that it goes with it, and costs its readers nothing. */
export const activationTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<ActivatePorts, 'findLiving' | 'keepActivation'> => {
  const get = async (Key: Key) =>
    (await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item;

  return {
    findLiving: async (ref) => {
      const [item, version] = await Promise.all([get(endpointKey(ref)), get(versionKey(ref))]);
      if (item === undefined || version === undefined) return undefined;
      const [endpoint, application] = [endpointRecord.parse(item), versionRecord.parse(version)];
      return endpoint.deletedAt === undefined && application.deletedAt === undefined ? endpoint : undefined;
    },

    keepActivation: async (ref, url, found) => {
      const kept = await patientUpdate(
        client,
        () =>
          new UpdateCommand({
            TableName: tableName,
            Key: endpointKey(ref),
            UpdateExpression: 'SET activation = :found',
            // A deleted endpoint keeps its URL. What is known of another URL than the one that stands may be from whenever.
            ConditionExpression: `#url = :url AND attribute_not_exists(deletedAt) AND ${NOTHING_NEWER}`,
            ExpressionAttributeNames: { '#url': 'url' },
            ExpressionAttributeValues: {
              ':found': found,
              ':url': url,
              ':at': found.examinedAt,
              ':digest': found.urlDigest,
            },
          }),
      );
      return kept ? 'kept' : 'superseded';
    },
  };
};

const NOTHING_NEWER =
  '(attribute_not_exists(activation) OR activation.examinedAt < :at OR activation.urlDigest <> :digest)';
