import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Seconds for which what is looked at is hidden from others, should we die before we give it back. */
export const PEEK_VISIBILITY_SECONDS = 30;

/** SQS's limit of one receive, and of one batch call. */
const MOST_AT_ONCE = 10;

/** On AWS a short poll asks some of its servers only: what it does not find may still be there. */
const LONG_POLL_SECONDS = 1;

/**
 * Looks at messages of a queue without taking them: they are received, not deleted, and given back at the end, so that
 * others see them again at once, or after PEEK_VISIBILITY_SECONDS if this process ends before. What remains of it is one
 * more in the messages' receive counts, which matters nowhere: a store of failures has no dead-letter queue of its own.
 */
export const peek = async (client: SQSClient, queueUrl: string, limit: number): Promise<readonly Message[]> => {
  const seen = new Map<string, Message>();
  try {
    while (seen.size < limit) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: Math.min(MOST_AT_ONCE, limit - seen.size),
          VisibilityTimeout: PEEK_VISIBILITY_SECONDS,
          WaitTimeSeconds: LONG_POLL_SECONDS,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      const before = seen.size;
      for (const message of Messages) seen.set(message.MessageId ?? '', message);
      if (seen.size === before) break;
    }
  } finally {
    await giveBack(client, queueUrl, [...seen.values()]);
  }
  return [...seen.values()];
};

/** Makes messages visible again. One whose time was over already is visible by then. */
const giveBack = async (client: SQSClient, queueUrl: string, messages: readonly Message[]): Promise<void> => {
  for (let start = 0; start < messages.length; start += MOST_AT_ONCE) {
    await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queueUrl,
        Entries: messages.slice(start, start + MOST_AT_ONCE).map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: 0,
        })),
      }),
    );
  }
};
