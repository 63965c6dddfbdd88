import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { attemptKey, eventIdKey, type Key, messageKey, versionKey } from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { messageRecord } from '@fanfare/events/message-record';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { contentTable } from './content-table.ts';

const NOW = 1_800_000_000_000;
const client = testTableClient();
const far = Math.floor(Date.now() / 1000) + 86_400;
const id = (prefix: 'org' | 'app' | 'msg' | 'ep' | 'atmpt') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));

/** A message of an application of its own, with one attempt. */
const standing = async () => {
  const tableName = await contractValue('table/name');
  const ref = { orgId: id('org'), appId: id('app'), messageId: id('msg') };
  const attempt = { ...ref, endpointId: id('ep'), attempt: 1 };
  const put = (key: Key, item: object) =>
    client.send(new PutCommand({ TableName: tableName, Item: { ...key, ...item } }));
  const read = async (key: Key) =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;
  await put(versionKey(ref), { kind: 'application-version', version: 3 });
  await put(eventIdKey(ref, 'order-7'), { messageId: ref.messageId });
  await put(messageKey(ref), {
    ...{ kind: 'message', eventType: 'a', payload: new Uint8Array([123, 125]), encoding: 'identity', acceptedAt: 1 },
    ...{ appVersion: 1, correlationId: 'c', payloadExpiresAt: far, expiresAt: far },
  });
  const attemptId = id('atmpt');
  await put(attemptKey(attempt), {
    ...{ kind: 'attempt', id: attemptId, attempt: 1, trigger: 'scheduled', succeeded: true, outcome: 'answered' },
    ...{ responseStatusCode: 200, response: 'secret', responseDurationMs: 1, url: 'https://example.com' },
    ...{ eventType: 'a', attemptedAt: 1, expiresAt: far },
  });
  const table = contentTable(client, tableName, { sleep: async (ms) => sleep(ms), random: Math.random });
  return { table, ref, attempt, attemptId, read };
};

test('a message loses its payload, for good and for every reader, and its application says since when', async () => {
  const { table, ref, read } = await standing();
  await expect(table.findMessage(ref, 'order-7')).resolves.toEqual({ ref, expiresAt: far, expungedAt: undefined });
  await expect(table.expungeMessage(ref, NOW)).resolves.toBe('expunged');
  const message = messageRecord.parse(await read(messageKey(ref)));
  expect(message).toMatchObject({ payload: new Uint8Array(), payloadExpiresAt: 0, expungedAt: NOW, expiresAt: far });
  expect(versionRecord.parse(await read(versionKey(ref)))).toMatchObject({ version: 3, contentExpungedAt: NOW });
  await expect(table.expungeMessage(ref, NOW + 5)).resolves.toBe('expunged-before');
  await expect(table.findMessage(ref, ref.messageId)).resolves.toMatchObject({ expungedAt: NOW });
});

test('a message that is not there is not made by the attempt to expunge it', async () => {
  const { table, ref, read } = await standing();
  const nobody = { ...ref, messageId: id('msg') };
  await expect(table.findMessage(ref, nobody.messageId)).resolves.toBeUndefined();
  await table.expungeMessage(nobody, NOW);
  expect(await read(messageKey(nobody))).toBeUndefined();
  expect(await read(versionKey(ref))).not.toHaveProperty('contentExpungedAt');
});

test('an attempt loses what its endpoint answered, and its message keeps its payload', async () => {
  const { table, ref, attempt, attemptId, read } = await standing();
  await expect(table.findAttempt(ref, attemptId)).resolves.toMatchObject({ ref: attempt, expiresAt: far });
  await expect(table.findAttempt(ref, id('atmpt'))).resolves.toBeUndefined();
  await expect(table.expungeAttempt(attempt, NOW)).resolves.toBe('expunged');
  await expect(table.expungeAttempt(attempt, NOW + 5)).resolves.toBe('expunged-before');
  const stored = attemptRecord.parse(await read(attemptKey(attempt)));
  expect(stored).toMatchObject({ response: 'EXPUNGED', expungedAt: NOW, responseStatusCode: 200 });
  expect(messageRecord.parse(await read(messageKey(ref))).payload).toHaveLength(2);
});
