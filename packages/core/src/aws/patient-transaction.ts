import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type BackOff, backOffMs } from '../back-off.ts';
import type { Waiting } from './batch-get.ts';

const BACK_OFF: BackOff = { attempts: 5, baseMs: 25, capMs: 500 };

type Wanted<Outcome> = {
  /** Asked for anew for each repeat. */
  readonly command: () => TransactWriteCommand;
  readonly written: Outcome;
  /** What the reasons of a refusal mean, one for each write; `undefined` where no condition failed that says something. */
  readonly refused: (reasons: readonly CancellationReason[]) => Outcome | undefined;
};

/**
 * Writes all or nothing. Where somebody else writes the same items at this moment, who of the two was first will be known
 * at once: it is tried again after a while, five times at the most. Any other refusal, and the last one, is a fault and is thrown.
 */
export const transactPatiently = async <Outcome>(
  client: DynamoDBDocumentClient,
  { command, written, refused }: Wanted<Outcome>,
  { sleep, random }: Waiting,
): Promise<Outcome> => {
  for (let repeat = 1; ; repeat += 1) {
    try {
      await client.send(command());
      return written;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const outcome = refused(reasons);
      if (outcome !== undefined) return outcome;
      const inConflict = reasons.some(({ Code }) => Code === 'TransactionConflict');
      if (!inConflict || repeat > BACK_OFF.attempts) throw error;
      await sleep(backOffMs(repeat, BACK_OFF, random()));
    }
  }
};
