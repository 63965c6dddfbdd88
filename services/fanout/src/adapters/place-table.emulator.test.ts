import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Key, logKey, messageKey } from '@fanfare/core/keys';
import { messageRecord } from '@fanfare/events/message-record';
import { logItem } from '@fanfare/events/ordered-log';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { placeStoreContract } from './place-table.contract.ts';
import { placeTable } from './place-table.ts';

describe('places in logs on the emulator', () =>
  placeStoreContract(async () => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    const get = async (key: Key) =>
      (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;
    return {
      ...placeTable(client, tableName, Date.now, { sleep: (ms) => sleep(ms), random: Math.random }),
      put: async (ref, message) =>
        void (await client.send(new PutCommand({ TableName: tableName, Item: { ...messageKey(ref), ...message } }))),
      placeIn: async (ref) => {
        const item = await get(messageKey(ref));
        return item === undefined ? undefined : messageRecord.parse(item).order;
      },
      standing: async (log, number) => {
        const item = await get(logKey(log, number));
        if (item === undefined) return undefined;
        const standing = logItem.parse(item);
        return standing.kind === 'log-hole' ? 'closed' : standing.messageId;
      },
    };
  }));
