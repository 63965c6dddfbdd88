import { parseMessageKey } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import { messageRecord } from '@fanfare/events/message-record';
import type { DynamoDBRecord } from 'aws-lambda';
import type { InsertedMessage } from '../domain/fan-out.ts';
import { itemOf } from './stream-image.ts';

/** Reads a stream record as the message whose insert it tells of, or says why it cannot be read. Shows no value of it. */
export const streamMessage = (record: DynamoDBRecord): Result<InsertedMessage, string> => {
  const image = record.dynamodb?.NewImage;
  if (image === undefined) return err('the record has no new image');
  const item = itemOf(image);
  if (item === undefined) return err('the new image is not an item of ours');
  const message = messageRecord.safeParse(item);
  if (!message.success) {
    return err(message.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  const ref = parseMessageKey({ PK: String(item.PK), SK: String(item.SK) });
  return ref === undefined ? err('the key is not that of a message') : ok({ ref, message: message.data });
};
