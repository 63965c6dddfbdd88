import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { dueKey, type LogRef, logKey, messageKey } from '@fanfare/core/keys';
import { dueId } from '@fanfare/events/due-id';
import type { MessageRecord } from '@fanfare/events/message-record';
import { logItem } from '@fanfare/events/ordered-log';
import { attemptTable } from '../../services/delivery/src/adapters/attempt-table.ts';
import { deliveryStoreContract } from '../../services/delivery/src/adapters/delivery-store.contract.ts';
import { dueStoreContract } from '../../services/delivery/src/adapters/due-store.contract.ts';
import { dueTable } from '../../services/delivery/src/adapters/due-table.ts';
import { endpointHealthTable } from '../../services/delivery/src/adapters/endpoint-health-table.ts';
import { taskStateTable } from '../../services/delivery/src/adapters/task-state-table.ts';
import { applicationStoreContract } from '../../services/fanout/src/adapters/application-table.contract.ts';
import { applicationTable } from '../../services/fanout/src/adapters/application-table.ts';
import { placeStoreContract } from '../../services/fanout/src/adapters/place-table.contract.ts';
import { placeTable } from '../../services/fanout/src/adapters/place-table.ts';
import { messageTableContract } from '../../services/ingest/src/adapters/message-table.contract.ts';
import { messageTable } from '../../services/ingest/src/adapters/message-table.ts';
import { dueMessageOf } from '../../services/ingest/src/domain/due-message.ts';
import { documentClient } from './document-client.ts';
import { type Table, tableInMemory } from './table.ts';

const clientOf = (table: Table) => documentClient(table, async ({ effect }) => effect());
const waiting = { sleep: async () => {}, random: () => 0.5 };
/** What stands at a number of a log: the message that has it, or `closed`. */
const standingAt = (table: Table, log: LogRef, number: number): string | undefined => {
  const item = table.get(logKey(log, number));
  if (item === undefined) return undefined;
  const standing = logItem.parse(item);
  return standing.kind === 'log-hole' ? 'closed' : standing.messageId;
};

describe("the simulation's client keeps the promises of delivery's store", () =>
  deliveryStoreContract(async () => {
    const table = tableInMemory();
    const client = clientOf(table);
    return {
      put: async (item) => table.put(item),
      record: attemptTable(client, 'table'),
      changeHealth: endpointHealthTable({ client, tableName: 'table', waiting, now: Date.now }),
      readState: taskStateTable(client, 'table', waiting),
    };
  }));

describe("the simulation's client keeps the promises of the due store", () =>
  dueStoreContract(async () => {
    const table = tableInMemory();
    const client = clientOf(table);
    return {
      put: async (item) => table.put(item),
      keepUntilDue: dueWriter(client, 'table', Date.now),
      ...dueTable(client, 'table', waiting),
    };
  }));

describe("the simulation's client keeps the promises of ingest's store", () =>
  messageTableContract(async (now) => {
    const table = tableInMemory();
    return {
      ...messageTable(clientOf(table), 'table', now, waiting),
      stored: async (ref) => table.stored(ref),
      placeOf: async (log, number) => standingAt(table, log, number),
      isDue: async (ref, dueAt) => {
        const due = dueMessageOf(ref, dueAt);
        return table.get(dueKey({ dueAt, what: due.what, id: dueId(due) })) !== undefined;
      },
    };
  }));

describe("the simulation's client keeps the promises of fan-out's store", () =>
  applicationStoreContract(async () => {
    const table = tableInMemory();
    return { put: async (item) => table.put(item), read: applicationTable(clientOf(table), 'table') };
  }));

describe("the simulation's client keeps the promises of places in logs", () =>
  placeStoreContract(async () => {
    const table = tableInMemory();
    return {
      ...placeTable(clientOf(table), 'table', Date.now, waiting),
      put: async (ref, message) => table.put({ ...messageKey(ref), ...message }),
      placeIn: async (ref) => table.stored(ref)?.order,
      standing: async (log, number) => standingAt(table, log, number),
    };
  }));

test('the stream is told of each message once, when it is written', () => {
  const told: string[] = [];
  const table = tableInMemory(({ messageId }) => void told.push(messageId));
  const ref = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };
  const record: MessageRecord = {
    kind: 'message',
    encoding: 'identity',
    ...{ eventType: 'a', payload: new Uint8Array([1]), acceptedAt: 1 },
    ...{ appVersion: 1, correlationId: 'c', payloadExpiresAt: 9, expiresAt: 9 },
  };
  table.put({ ...messageKey(ref), ...record });
  table.put({ ...messageKey(ref), ...record });
  expect(told).toEqual(['msg_1']);
});

test('a call that the client does not understand fails, so that no adapter is taken for sound by it', async () => {
  const client = clientOf(tableInMemory());
  const query = { TableName: 'table', KeyConditionExpression: 'PK = :pk AND size(SK) > :n' };
  await expect(async () => client.send(new QueryCommand(query))).rejects.toThrow('not understood');
  await expect(async () => client.send(new ScanCommand({ TableName: 'table' }))).rejects.toThrow('has no ScanCommand');
});
