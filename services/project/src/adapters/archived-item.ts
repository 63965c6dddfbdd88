import { itemOf } from '@fanfare/core/aws/stream-image';
import { isKeyPart, parseAttemptKey, parseMessageKey } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { messageRecord } from '@fanfare/events/message-record';
import type { DynamoDBRecord } from 'aws-lambda';
import type * as z from 'zod/mini';
import type { ArchivedItem } from '../domain/archive.ts';
import { isSequenceNumber, sortable } from '../domain/sequence.ts';

/** Reads a stream record as the message or attempt it tells of, or says why it cannot be read. Shows no value of it. */
export const archivedItem = ({ dynamodb = {} }: DynamoDBRecord): Result<ArchivedItem, string> => {
  const { NewImage = {}, SequenceNumber = '', ApproximateCreationDateTime: writtenSeconds } = dynamodb;
  if (!isSequenceNumber(SequenceNumber)) return err('the record has no sequence number');
  if (writtenSeconds === undefined) return err('the record does not say when it was written');
  const item = itemOf(NewImage);
  if (item === undefined) return err('the image is not an item of ours');
  const stands = { sequence: sortable(SequenceNumber), writtenAt: writtenSeconds * 1000 };
  const key = { PK: String(item.PK), SK: String(item.SK) };
  return item.kind === 'message' ? message(item, key, stands) : attempt(item, key, stands);
};

type Item = Record<string, unknown>;
type Stands = Pick<ArchivedItem, 'sequence' | 'writtenAt'>;

const message = (item: Item, key: { PK: string; SK: string }, stands: Stands): Result<ArchivedItem, string> => {
  const record = messageRecord.safeParse(item);
  if (!record.success) return err(problemsOf(record.error));
  const ref = parseMessageKey(key);
  if (ref === undefined) return err('the key is not that of a message');
  return ok({ kind: 'message', ref, record: record.data, ...stands });
};

const attempt = (item: Item, key: { PK: string; SK: string }, stands: Stands): Result<ArchivedItem, string> => {
  const record = attemptRecord.safeParse(item);
  if (!record.success) return err(problemsOf(record.error));
  const ref = parseAttemptKey(key);
  if (ref === undefined || ![ref.orgId, ref.appId].every(isKeyPart)) return err('the key is not that of an attempt');
  return ok({ kind: 'attempt', ref, record: record.data, ...stands });
};

const problemsOf = ({ issues }: z.core.$ZodError): string =>
  issues.map(({ path, message: text }) => `${path.join('.')}: ${text}`).join('; ');
