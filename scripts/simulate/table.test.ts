import { QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { dueKey, endpointKey, type LogRef, logKey, messageKey, versionKey } from '@fanfare/core/keys';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import { dueId } from '@fanfare/events/due-id';
import { logItem } from '@fanfare/events/ordered-log';
import { findAnswer } from '../../services/control/src/adapters/answer-table.ts';
import { applicationTable as controlApplications } from '../../services/control/src/adapters/application-table.ts';
import { endpointTable } from '../../services/control/src/adapters/endpoint-table.ts';
import { controlStoreContract } from '../../services/control/src/domain/control-store.contract.ts';
import { attemptTable } from '../../services/delivery/src/adapters/attempt-table.ts';
import { deliveryStoreContract } from '../../services/delivery/src/adapters/delivery-store.contract.ts';
import { dueStoreContract } from '../../services/delivery/src/adapters/due-store.contract.ts';
import { dueTable } from '../../services/delivery/src/adapters/due-table.ts';
import { endpointHealthTable } from '../../services/delivery/src/adapters/endpoint-health-table.ts';
import { endpointMarksTable } from '../../services/delivery/src/adapters/endpoint-marks-table.ts';
import { orderedStoreContract } from '../../services/delivery/src/adapters/ordered-store.contract.ts';
import { orderedTable } from '../../services/delivery/src/adapters/ordered-table.ts';
import { parkStoreContract } from '../../services/delivery/src/adapters/park-store.contract.ts';
import { parkTable } from '../../services/delivery/src/adapters/park-table.ts';
import { slotTableContract } from '../../services/delivery/src/adapters/slot-table.contract.ts';
import { slotTable } from '../../services/delivery/src/adapters/slot-table.ts';
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
      readState: taskStateTable(client, 'table', waiting, fakePayloadStore().read),
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

describe("the simulation's client keeps the promises of the park", () =>
  parkStoreContract(async () => {
    const table = tableInMemory();
    const client = clientOf(table);
    return {
      ...parkTable(client, 'table', waiting),
      ...endpointMarksTable(client, 'table'),
      putEndpoint: async (ref, endpoint) => table.put({ ...endpointKey(ref), ...endpoint }),
      putVersion: async (ref, version) => table.put({ ...versionKey(ref), ...version }),
    };
  }));

describe("the simulation's client keeps the promises of logs and cursors", () =>
  orderedStoreContract(async () => {
    const table = tableInMemory();
    return {
      ...orderedTable({ client: clientOf(table), tableName: 'table', waiting, now: Date.now }),
      putEndpoint: async (ref, endpoint) => table.put({ ...endpointKey(ref), ...endpoint }),
      putVersion: async (ref, version) => table.put({ ...versionKey(ref), ...version }),
      putLogItem: async (log, item) => table.put({ ...logKey(log, item.number), ...item }),
    };
  }));

describe("the simulation's client keeps the promises of slots", () =>
  slotTableContract(async () => slotTable(clientOf(tableInMemory()), 'table')));

describe("the simulation's client keeps the promises of control's store", () =>
  controlStoreContract(async () => {
    const table = tableInMemory();
    const client = clientOf(table);
    return {
      now: Date.now,
      store: {
        findApplication: applicationFinder(client, 'table'),
        ...controlApplications(client, 'table', Date.now),
        ...endpointTable(client, 'table', Date.now),
        findAnswer: findAnswer(client, 'table', Date.now),
        rateOf: async (ref) => table.get(versionKey(ref))?.throttleRate as number | undefined,
        engineWrites: async (ref, fields) =>
          table.put({ ...(table.get(endpointKey(ref)) ?? {}), ...fields, ...endpointKey(ref) }),
      },
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

test('a watcher is told of each write, of those of a transaction when all of them are there', () => {
  const told: string[] = [];
  const [one, other] = [
    { PK: 'a', SK: '1' },
    { PK: 'a', SK: '2' },
  ];
  const table = tableInMemory(({ before, after }) => {
    told.push(`${before?.SK} ${after?.SK}, ${table.page('a', () => true).length} there`);
  });
  table.put(one);
  table.together(() => {
    table.put(one);
    table.put(other);
  });
  table.remove(one);
  expect(told).toEqual(['undefined 1, 1 there', '1 1, 2 there', 'undefined 2, 2 there', '1 undefined, 1 there']);
});

test('a reader may see what stood there before, and everybody else what stands there now', () => {
  let now = 1;
  const table = tableInMemory(
    () => {},
    () => now,
  );
  table.put({ PK: 'a', SK: '1', said: 'first' });
  now = 5;
  table.put({ PK: 'a', SK: '1', said: 'second' });
  table.put({ PK: 'a', SK: '2', said: 'new' });
  const seen = (asOf?: number) => table.page('a', () => true, asOf).map(({ said }) => said);
  expect([seen(4), seen()]).toEqual([['first'], ['second', 'new']]);
});

test('a call that the client does not understand fails, so that no adapter is taken for sound by it', async () => {
  const client = clientOf(tableInMemory());
  const query = { TableName: 'table', KeyConditionExpression: 'PK = :pk AND size(SK) > :n' };
  await expect(async () => client.send(new QueryCommand(query))).rejects.toThrow('not understood');
  await expect(async () => client.send(new ScanCommand({ TableName: 'table' }))).rejects.toThrow('has no ScanCommand');
});
