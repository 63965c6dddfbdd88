import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { meter } from './consumed-units.ts';

/** A client whose requests are answered here, with the capacity that the test says. */
const clientThatCharges = (capacity: unknown) => {
  const asked: string[] = [];
  const plain = new DynamoDBClient({
    requestHandler: {
      handle: async ({ body }: { body: Uint8Array }) => {
        asked.push(JSON.parse(new TextDecoder().decode(body)).ReturnConsumedCapacity);
        const answer = new Response(JSON.stringify({ ConsumedCapacity: capacity }));
        return { response: { statusCode: 200, headers: {}, body: answer.body } };
      },
    } as never,
  });
  const takeUnits = meter(plain);
  return { client: DynamoDBDocumentClient.from(plain), takeUnits, asked };
};

const Key = { PK: 'a', SK: 'b' };
const TableName = 'main';

test('reads and writes are counted apart', async () => {
  const { client, takeUnits } = clientThatCharges({ CapacityUnits: 2.5 });
  await client.send(new GetCommand({ TableName, Key }));
  await client.send(new QueryCommand({ TableName }));
  await client.send(new PutCommand({ TableName, Item: Key }));
  expect(takeUnits()).toEqual({ read: 5, write: 2.5 });
});

test('a call on several items counts all of them', async () => {
  const { client, takeUnits } = clientThatCharges([{ CapacityUnits: 2 }, { CapacityUnits: 3 }]);
  await client.send(new BatchGetCommand({ RequestItems: { main: { Keys: [Key] } } }));
  await client.send(new TransactWriteCommand({ TransactItems: [{ Put: { TableName, Item: Key } }] }));
  expect(takeUnits()).toEqual({ read: 5, write: 5 });
});

test('what was taken is not counted again', async () => {
  const { client, takeUnits } = clientThatCharges({ CapacityUnits: 1 });
  await client.send(new GetCommand({ TableName, Key }));
  takeUnits();
  expect(takeUnits()).toEqual({ read: 0, write: 0 });
});

test('every call asks for its total', async () => {
  const { client, asked } = clientThatCharges({ CapacityUnits: 1 });
  await client.send(new GetCommand({ TableName, Key }));
  expect(asked).toEqual(['TOTAL']);
});
