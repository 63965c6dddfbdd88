import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { messageKey } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { freshMessagesContract } from './fresh-messages.contract.ts';
import { freshMessages } from './fresh-messages.ts';

describe('fresh messages on the emulator', () =>
  freshMessagesContract(async () => {
    const client = testTableClient();
    const tableName = await contractValue('table/name');
    return {
      saveFresh: freshMessages(client, tableName, { sleep: (ms) => sleep(ms), random: Math.random }),
      stored: async (ref) => {
        const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: messageKey(ref) }));
        if (Item === undefined) return undefined;
        const { PK, SK, ...record } = Item;
        return record as MessageRecord;
      },
    };
  }));
