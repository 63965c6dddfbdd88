import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { batchWriteSome, MAX_WRITES } from '@fanfare/core/aws/batch-write';
import type { BackOff } from '@fanfare/core/back-off';
import { batches } from '@fanfare/core/batches';
import { concurrently } from '@fanfare/core/concurrently';
import { messageKey } from '@fanfare/core/keys';
import type { AcceptManyPorts, NewMessage } from '../domain/accept-many.ts';

const CALLS_AT_ONCE = 4;
/** Some five seconds at most: somebody waits for the answer. */
const BACK_OFF: BackOff = { attempts: 6, baseMs: 50, capMs: 1_500 };

/** Writes messages 25 in a call. Of a call that fails, nothing is known of any of its messages. */
export const freshMessages =
  (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): AcceptManyPorts['saveFresh'] =>
  async (messages) => {
    const failed = new Map<string, unknown>();
    const save = async (call: readonly NewMessage[]): Promise<void> => {
      const writes = call.map(({ ref, record }) => ({ PutRequest: { Item: { ...messageKey(ref), ...record } } }));
      try {
        const rest = await batchWriteSome(client, tableName, writes, waiting, BACK_OFF);
        for (const { PutRequest } of rest) failed.set(String(PutRequest?.Item?.SK), new Error('it stays unprocessed'));
      } catch (error) {
        for (const { ref } of call) failed.set(ref.messageId, error);
      }
    };
    const calls = batches(messages, { entries: MAX_WRITES, bytes: Number.POSITIVE_INFINITY, bytesOf: () => 0 });
    await concurrently(CALLS_AT_ONCE, calls, save);
    return failed;
  };
