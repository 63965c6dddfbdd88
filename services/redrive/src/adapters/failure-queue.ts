import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { batches } from '@fanfare/core/batches';
import type { Attributes, Letter, LetterQueue, Outgoing, Refused } from '../domain/letter.ts';

/** SQS's limit of one call. */
const MOST_AT_ONCE = 10;
/** SQS's limit of one batch, with room for what is counted beside the bodies. */
const MOST_BYTES = 240_000;
/** On AWS a short poll asks some of its servers only: what it does not find may still be there. */
const LONG_POLL_SECONDS = 1;

/** Queues of failed work, and those that it goes back into. */
export const failureQueue = (client: SQSClient): LetterQueue => ({
  receive: async (QueueUrl, most, VisibilityTimeout) => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        ...{ QueueUrl, MaxNumberOfMessages: most, VisibilityTimeout, WaitTimeSeconds: LONG_POLL_SECONDS },
        ...{ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] },
      }),
    );
    return Messages.map(letterOf);
  },

  send: async (QueueUrl, messages) => {
    const entries = messages.map(entryOf);
    const bytesOf = ({ MessageBody = '' }: SendMessageBatchRequestEntry): number => Buffer.byteLength(MessageBody);
    const refused: Refused[] = [];
    for (const Entries of batches(entries, { entries: MOST_AT_ONCE, bytes: MOST_BYTES, bytesOf })) {
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      for (const { Id, Code, Message } of Failed) {
        refused.push({ index: Number(Id), reason: [Code, Message].filter(Boolean).join(': ') });
      }
    }
    return refused;
  },

  remove: async (QueueUrl, handles) => {
    let left = 0;
    for (const Entries of handlesInBatches(handles)) {
      const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      left += Failed.length;
    }
    return left;
  },

  hide: async (QueueUrl, handles, VisibilityTimeout) => {
    for (const batch of handlesInBatches(handles)) {
      const Entries = batch.map((entry) => ({ ...entry, VisibilityTimeout }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
  },

  depth: async (QueueUrl) => {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  },
});

const handlesInBatches = (handles: readonly string[]): { Id: string; ReceiptHandle: string }[][] =>
  batches(
    handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
    { entries: MOST_AT_ONCE, bytes: MOST_BYTES, bytesOf: ({ ReceiptHandle }) => ReceiptHandle.length },
  );

const letterOf = ({
  MessageId = '',
  ReceiptHandle = '',
  Body = '',
  Attributes = {},
  MessageAttributes = {},
}: Message): Letter => ({
  id: MessageId,
  handle: ReceiptHandle,
  sentAtMs: Number(Attributes.SentTimestamp),
  body: Body,
  ...(Attributes.MessageGroupId === undefined ? {} : { group: Attributes.MessageGroupId }),
  attributes: Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => [
      name,
      {
        type: DataType,
        ...(StringValue === undefined ? {} : { text: StringValue }),
        ...(BinaryValue === undefined ? {} : { bytes: BinaryValue }),
      },
    ]),
  ),
});

const entryOf = (
  { body, group, deduplicationId, attributes }: Outgoing,
  index: number,
): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: body,
  ...(group === undefined ? {} : { MessageGroupId: group }),
  ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
  MessageAttributes: messageAttributesOf(attributes),
});

const messageAttributesOf = (attributes: Attributes): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { type, text, bytes }]) => [
      name,
      { DataType: type, ...(bytes === undefined ? { StringValue: text } : { BinaryValue: bytes }) },
    ]),
  );
