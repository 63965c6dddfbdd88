import { isKeyPart, type MessageRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import { dueMessage } from '@fanfare/events/due-item';
import type { DynamoDBRecord } from 'aws-lambda';
import { itemOf } from './stream-image.ts';

/** Reads a stream record as the message that is due because its due item was removed, or says why it cannot be read. */
export const streamDueMessage = (record: DynamoDBRecord): Result<MessageRef, string> => {
  const due = dueMessage.safeParse(itemOf(record.dynamodb?.OldImage ?? {}));
  if (!due.success) return err(due.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const { orgId, appId, messageId } = due.data;
  return [orgId, appId, messageId].every(isKeyPart) ? ok({ orgId, appId, messageId }) : err('not an id');
};
