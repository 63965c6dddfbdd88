import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { meter } from '@fanfare/core/aws/consumed-units';
import { endpointKey, TABLE_INDEX_BY_ENDPOINT, versionKey } from '@fanfare/core/keys';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { clientOptions } from '../environment/emulated-aws.ts';

export const TABLE = 'bench';
export const REF = { orgId: 'org_bench', appId: 'app_bench', endpointId: 'ep_bench' };

export const endpointOf = (fields: Partial<EndpointRecord>): EndpointRecord => ({
  kind: 'endpoint',
  id: REF.endpointId,
  url: 'https://hooks.example.com/in',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
  secrets: [{ sealed: new Uint8Array(60) }],
  sinceVersion: 1,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...fields,
});

export const putEndpoint = async (
  client: DynamoDBDocumentClient,
  fields: Partial<EndpointRecord>,
): Promise<EndpointRecord> => {
  const endpoint = endpointOf(fields);
  const version = { kind: 'application-version', version: 1 };
  await client.send(new PutCommand({ TableName: TABLE, Item: { ...endpointKey(REF), ...endpoint } }));
  await client.send(new PutCommand({ TableName: TABLE, Item: { ...versionKey(REF), ...version } }));
  return endpoint;
};

/** A table of the same keys and index beside the environment's, which no function reads the stream of. */
export const benchTable = async (endpoint: string) => {
  const plain = new DynamoDBClient(clientOptions(endpoint));
  await plain
    .send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'PK', AttributeType: 'S' },
          { AttributeName: 'SK', AttributeType: 'S' },
          { AttributeName: 'GSI1PK', AttributeType: 'S' },
          { AttributeName: 'GSI1SK', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: TABLE_INDEX_BY_ENDPOINT,
            KeySchema: [
              { AttributeName: 'GSI1PK', KeyType: 'HASH' },
              { AttributeName: 'GSI1SK', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        KeySchema: [
          { AttributeName: 'PK', KeyType: 'HASH' },
          { AttributeName: 'SK', KeyType: 'RANGE' },
        ],
      }),
    )
    .catch((error: Error) => {
      if (error.name !== 'ResourceInUseException') throw error;
    });
  const takeUnits = meter(plain);
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  return { client, takeUnits };
};
