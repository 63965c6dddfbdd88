import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';

const BACK_OFF: BackOff = { attempts: 4, baseMs: 100, capMs: 2_000 };

/** The group is the application: queues serve applications in turn. */
export type QueueEntry = Omit<SendMessageBatchRequestEntry, 'Id'> & { readonly MessageGroupId: string };

/**
 * Sends up to ten messages by one call. What SQS refuses is offered again with back-off and jitter, unless the fault is the
 * entry's. Answers for each, in order, whether it was taken in the end.
 */
export const sendBatch = async (
  client: SQSClient,
  queueUrl: string,
  entries: readonly QueueEntry[],
  waiting: Waiting,
): Promise<readonly boolean[]> => {
  const taken = entries.map(() => false);
  let pending = entries.map((entry, index) => ({ ...entry, Id: String(index) }));
  for (let repeat = 0; pending.length > 0 && repeat <= BACK_OFF.attempts; repeat += 1) {
    if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: pending }));
    for (const { Id } of answer.Successful ?? []) taken[Number(Id)] = true;
    const again = new Set((answer.Failed ?? []).filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => Id));
    pending = pending.filter(({ Id }) => again.has(Id));
  }
  return taken;
};
