import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { batchWrite, batchWriteSome } from './batch-write.ts';

const table = mockClient(DynamoDBDocumentClient);
const client = table as unknown as DynamoDBDocumentClient;
const puts = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ PutRequest: { Item: { PK: 'partition', SK: String(number) } } }));
const sent = () => table.commandCalls(BatchWriteCommand).map(({ args: [{ input }] }) => input.RequestItems?.main);

const slept: number[] = [];
const waiting = { sleep: async (ms: number) => void slept.push(ms), random: () => 0.5 };
const write = (count: number) => batchWrite(client, 'main', puts(count), waiting);

/** Writes the first `done` of each call and hands the others back. */
const writeOnly = (done: (call: number) => number) => {
  let call = 0;
  table.on(BatchWriteCommand).callsFake((input) => {
    const rest = input.RequestItems.main.slice(done(call));
    call += 1;
    return rest.length > 0 ? { UnprocessedItems: { main: rest } } : {};
  });
};

beforeEach(() => {
  table.reset();
  slept.length = 0;
});

test('nothing to write is no call', async () => {
  await write(0);
  expect(sent()).toEqual([]);
});

test('all are written, twenty-five at a time', async () => {
  writeOnly(() => 25);
  await write(60);
  expect(sent().map((each) => each?.length)).toEqual([25, 25, 10]);
  expect(sent().flat()).toEqual(puts(60));
});

test('what comes back unprocessed is written again, after longer and longer waits', async () => {
  writeOnly((call) => (call < 3 ? 1 : 25));
  await write(6);
  expect(sent().map((each) => each?.length)).toEqual([6, 5, 4, 3]);
  expect(slept).toEqual([25, 50, 100]);
});

test('what stays unprocessed is a fault, never dropped', async () => {
  writeOnly(() => 0);
  await expect(write(3)).rejects.toThrow('3 items stay unprocessed');
  expect(sent()).toHaveLength(9);
});

test('a caller that has to say of each whether it was written is told which stay unprocessed', async () => {
  writeOnly(() => 1);
  const backOff = { attempts: 1, baseMs: 50, capMs: 100 };
  await expect(batchWriteSome(client, 'main', puts(4), waiting, backOff)).resolves.toEqual(puts(4).slice(2));
  await expect(batchWriteSome(client, 'main', puts(26), waiting, backOff)).rejects.toThrow('25 writes, not 26');
});
