import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from './environment-under-test.ts';

/** A table for the tests of one file, without index and stream: in that of the environment others act on what they find. */
export const ownTable = (name: string): string => {
  const TableName = `${name}-${crypto.randomUUID()}`;
  const client = new DynamoDBClient(clientOptions());
  const keys = ['PK', 'SK'] as const;
  beforeAll(async () => {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
      }),
    );
  });
  afterAll(async () => void (await client.send(new DeleteTableCommand({ TableName }))));
  return TableName;
};
