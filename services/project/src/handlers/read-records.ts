import type { DynamoDBRecord } from 'aws-lambda';
import { archivedItem } from '../adapters/archived-item.ts';
import { streamChange } from '../adapters/stream-change.ts';
import type { ArchivedItem } from '../domain/archive.ts';
import type { StreamChange } from '../domain/stream-change.ts';

export type Unreadable = { readonly record: DynamoDBRecord; readonly reason: string };

type Read = {
  readonly changes: readonly StreamChange[];
  readonly archived: readonly ArchivedItem[];
  readonly unreadable: readonly Unreadable[];
};

/** What a batch of the stream tells, in its order, and the records that cannot be read. */
export const readRecords = (records: readonly DynamoDBRecord[]): Read => {
  const changes: StreamChange[] = [];
  const archived: ArchivedItem[] = [];
  const unreadable: Unreadable[] = [];
  for (const record of records) {
    const item = isArchived(record) ? archivedItem(record) : undefined;
    const change = isChange(record) ? streamChange(record) : undefined;
    const problem = [item, change].find((read) => read?.ok === false);
    if (problem?.ok === false) unreadable.push({ record, reason: problem.error });
    else {
      if (item?.ok) archived.push(item.value);
      if (change?.ok) changes.push(change.value);
    }
  }
  return { changes, archived, unreadable };
};

const kindOf = ({ dynamodb }: DynamoDBRecord): string | undefined => dynamodb?.NewImage?.kind?.S;

/** A message that was put back from the archive is there already; what is taken away from it later concerns the archive too. */
const isArchived = (record: DynamoDBRecord): boolean => {
  if (!['message', 'attempt'].includes(kindOf(record) ?? '')) return false;
  return record.eventName !== 'INSERT' || record.dynamodb?.NewImage?.restoredAt === undefined;
};

/**
 * Messages and attempts change when their content is expunged, when they are called off or take their place: that is nothing to
 * count or to announce. Neither is a message that was put back: it was counted when it was accepted.
 */
const isChange = (record: DynamoDBRecord): boolean =>
  !['message', 'attempt'].includes(kindOf(record) ?? '') ||
  (record.eventName === 'INSERT' && record.dynamodb?.NewImage?.restoredAt === undefined);
