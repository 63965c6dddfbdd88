import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';

type Item = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** One write of a transaction, and what it means when its condition does not hold. */
export type Write<Failure extends string> = { readonly item: Item; readonly otherwise: Failure };

/**
 * Writes all or nothing. When conditions fail, the first such write in the order given says what happened; another
 * transaction on the same items at the same time is a lost race. Everything else is a fault and is thrown.
 */
export const transact = async <Failure extends string>(
  client: DynamoDBDocumentClient,
  writes: readonly Write<Failure>[],
): Promise<'written' | 'lost-race' | Failure> => {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: writes.map(({ item }) => item) }));
    return 'written';
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
    const failed = writes[codes.indexOf('ConditionalCheckFailed')];
    if (failed !== undefined) return failed.otherwise;
    if (codes.includes('TransactionConflict')) return 'lost-race';
    throw error;
  }
};
