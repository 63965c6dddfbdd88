import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { type EndpointRef, parkPartition } from '@fanfare/core/keys';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';
import { contractValues } from '../ops/contract-values.ts';

/** Counts the tasks that are parked at endpoints: at most a page of each, which is enough to tell some from none. */
export const parkedTasks = async ({
  endpoint,
  stage,
}: Pick<Environment, 'endpoint' | 'stage'>): Promise<(endpoints: readonly EndpointRef[]) => Promise<number>> => {
  const target = { stage, clientOptions: clientOptions(endpoint) };
  const client = new DynamoDBClient(target.clientOptions);
  const TableName = (await contractValues(target)).get('table/name');
  const parkedAt = async (ref: EndpointRef): Promise<number> => {
    const { Count = 0 } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'PK = :park',
        ExpressionAttributeValues: { ':park': { S: parkPartition(ref) } },
        ConsistentRead: true,
        Select: 'COUNT',
      }),
    );
    return Count;
  };
  return async (endpoints) => (await Promise.all(endpoints.map(parkedAt))).reduce((sum, one) => sum + one, 0);
};
