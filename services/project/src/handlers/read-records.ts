import type { DynamoDBRecord } from 'aws-lambda';
import { streamChange } from '../adapters/stream-change.ts';
import type { StreamChange } from '../domain/stream-change.ts';

export type Unreadable = { readonly record: DynamoDBRecord; readonly reason: string };

/** What a batch of the stream tells, in its order, and the records that cannot be read. */
export const readRecords = (
  records: readonly DynamoDBRecord[],
): { readonly changes: readonly StreamChange[]; readonly unreadable: readonly Unreadable[] } => {
  const changes: StreamChange[] = [];
  const unreadable: Unreadable[] = [];
  for (const record of records) {
    const change = streamChange(record);
    if (change.ok) changes.push(change.value);
    else unreadable.push({ record, reason: change.error });
  }
  return { changes, unreadable };
};
