import { applicationPartition } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import { deliveryStoreContract } from '../../services/delivery/src/adapters/delivery-store.contract.ts';
import { applicationStoreContract } from '../../services/fanout/src/adapters/application-table.contract.ts';
import { applicationOf } from '../../services/fanout/src/adapters/application-table.ts';
import { messageTableContract } from '../../services/ingest/src/adapters/message-table.contract.ts';
import { tableInMemory } from './table.ts';

describe("the simulation's table keeps the promises of ingest's store", () =>
  messageTableContract(async (now) => {
    const table = tableInMemory();
    return {
      claim: async (...claim) => table.claim(...claim, now()),
      save: async (...message) => table.save(...message, now()),
      stored: async (ref) => table.stored(ref),
    };
  }));

describe("the simulation's table keeps the promises of fan-out's store", () =>
  applicationStoreContract(async () => {
    const table = tableInMemory();
    return {
      put: async (item) => table.put(item),
      read: async (ref) => applicationOf(table.page(applicationPartition(ref), () => true)),
    };
  }));

describe("the simulation's table keeps the promises of delivery's store", () =>
  deliveryStoreContract(async () => {
    const table = tableInMemory();
    return {
      put: async (item) => table.put(item),
      record: async (...attempt) => table.record(...attempt),
      readState: async (tasks) => table.readState(tasks),
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
  table.save(ref, record, 0);
  table.save(ref, record, 0);
  expect(told).toEqual(['msg_1']);
});
