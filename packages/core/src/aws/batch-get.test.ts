import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { batchGet } from './batch-get.ts';

const table = mockClient(DynamoDBDocumentClient);
const client = table as unknown as DynamoDBDocumentClient;
const keyOf = (number: number) => ({ PK: 'partition', SK: String(number) });
const keys = (count: number) => Array.from({ length: count }, (_, number) => keyOf(number));
const asked = () => table.commandCalls(BatchGetCommand).map(({ args: [{ input }] }) => input.RequestItems?.main?.Keys);

const slept: number[] = [];
const waiting = { sleep: async (ms: number) => void slept.push(ms), random: () => 0.5 };
const read = (wanted: readonly ReturnType<typeof keyOf>[]) => batchGet(client, 'main', wanted, waiting);

/** Answers the first `done` keys of each call and hands the others back. */
const answerOnly = (done: (call: number) => number) => {
  let call = 0;
  table.on(BatchGetCommand).callsFake((input) => {
    const wanted = input.RequestItems.main.Keys as ReturnType<typeof keyOf>[];
    const count = done(call);
    call += 1;
    const rest = wanted.slice(count);
    return {
      Responses: { main: wanted.slice(0, count) },
      ...(rest.length > 0 && { UnprocessedKeys: { main: { Keys: rest } } }),
    };
  });
};

beforeEach(() => {
  table.reset();
  slept.length = 0;
});

test('no key is no call', async () => {
  await expect(read([])).resolves.toEqual([]);
  expect(asked()).toEqual([]);
});

test('all are read, a hundred at a time', async () => {
  answerOnly(() => 100);
  await expect(read(keys(230))).resolves.toEqual(keys(230));
  expect(asked().map((each) => each?.length)).toEqual([100, 100, 30]);
  expect(slept).toEqual([]);
});

test('a key that is asked for twice is read once: DynamoDB refuses a call with doubles', async () => {
  answerOnly(() => 100);
  await expect(read([keyOf(1), keyOf(2), keyOf(1)])).resolves.toEqual([keyOf(1), keyOf(2)]);
});

test('reads are strongly consistent, and take nothing but the key', async () => {
  answerOnly(() => 100);
  await read([{ ...keyOf(1), more: 'of the item' } as ReturnType<typeof keyOf>]);
  expect(table.commandCalls(BatchGetCommand)[0]?.args[0].input.RequestItems).toEqual({
    main: { Keys: [keyOf(1)], ConsistentRead: true },
  });
});

test('what comes back unprocessed is asked for again, after longer and longer waits', async () => {
  answerOnly((call) => (call < 3 ? 1 : 100));
  await expect(read(keys(6))).resolves.toEqual(keys(6));
  expect(asked().map((each) => each?.length)).toEqual([6, 5, 4, 3]);
  expect(slept).toEqual([25, 50, 100]);
});

test('what stays unprocessed is a fault, never an item that seems not to exist', async () => {
  answerOnly(() => 0);
  await expect(read(keys(3))).rejects.toThrow('3 keys stay unprocessed');
  expect(asked()).toHaveLength(7);
});

test('items that do not exist are left out', async () => {
  table.on(BatchGetCommand).resolves({ Responses: { main: [keyOf(2)] } });
  await expect(read(keys(3))).resolves.toEqual([keyOf(2)]);
});

test('of items come only the keys and the attributes that are named', async () => {
  answerOnly(() => 100);
  await batchGet(client, 'main', keys(1), waiting, ['uid']);
  expect(table.commandCalls(BatchGetCommand)[0]?.args[0].input.RequestItems?.main).toMatchObject({
    ProjectionExpression: '#PK, #SK, #uid',
    ExpressionAttributeNames: { '#PK': 'PK', '#SK': 'SK', '#uid': 'uid' },
  });
});
