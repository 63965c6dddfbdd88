import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';

/** Somebody changes the endpoint's settings by a transaction at this moment. */
const BACK_OFF: BackOff = { attempts: 5, baseMs: 20, capMs: 500 };

/** Makes a conditional update, again where a transaction is in its way. Answers whether its condition held. */
export const patientUpdate = async (client: DynamoDBDocumentClient, update: () => UpdateCommand): Promise<boolean> => {
  for (let repeat = 0; ; repeat += 1) {
    if (repeat > 0) await sleep(backOffMs(repeat, BACK_OFF, Math.random()));
    try {
      await client.send(update());
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      if (!(error instanceof TransactionConflictException) || repeat === BACK_OFF.attempts) throw error;
    }
  }
};
