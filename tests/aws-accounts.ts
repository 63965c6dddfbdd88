import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientOptions } from './environment-under-test.ts';
import { eventually } from './eventually.ts';

/** The account of the stage, and one of somebody else's. The emulator takes an account's number for its root key. */
export const OWN_ACCOUNT = '000000000000';
export const OTHER_ACCOUNT = '210987654321';

/** Options for a client of one account. */
export const optionsOf = (account: string) => ({
  ...clientOptions(),
  credentials: { accessKeyId: account, secretAccessKey: 'test' },
});
const region = 'us-east-1';

export type Queue = { readonly url: string; readonly arn: string; readonly account: string };

export const newQueue = async (name: string, account = OWN_ACCOUNT): Promise<Queue> => {
  const Attributes = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const { QueueUrl = '' } = await new SQSClient(optionsOf(account)).send(
    new CreateQueueCommand({ QueueName: name, Attributes }),
  );
  return { url: QueueUrl, arn: `arn:aws:sqs:${region}:${account}:${name}`, account };
};

/** What is in a queue now. It stays there, unseen for a while. */
export const messagesOf = async ({ url, account }: Queue): Promise<readonly Message[]> => {
  const { Messages = [] } = await new SQSClient(optionsOf(account)).send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
};

export const untilMessage = (queue: Queue): Promise<Message> =>
  eventually(`a message in ${queue.arn}`, async () => (await messagesOf(queue))[0]);

/** Takes a message out of its queue, so that a FIFO queue hands out the next one of its group. */
export const removeMessage = async ({ url, account }: Queue, { ReceiptHandle }: Message): Promise<void> => {
  await new SQSClient(optionsOf(account)).send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
};

/** The attributes of a message as a receiver of webhooks reads them. */
export const headersOf = ({ MessageAttributes = {} }: Message): Record<string, string> =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]));

/** A topic, and a queue that gets what is published to it as it is. */
export const newTopic = async (name: string): Promise<{ readonly arn: string; readonly queue: Queue }> => {
  const sns = new SNSClient(optionsOf(OWN_ACCOUNT));
  const { TopicArn: arn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
  const queue = await newQueue(`${name}-receives`);
  await allowService(queue, 'sns.amazonaws.com');
  await sns.send(
    new SubscribeCommand({
      TopicArn: arn,
      Protocol: 'sqs',
      Endpoint: queue.arn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  return { arn, queue };
};

/** A bus, and a queue that gets the events of one event type. */
export const newBus = async (
  name: string,
  eventType: string,
): Promise<{ readonly arn: string; readonly queue: Queue }> => {
  const events = new EventBridgeClient(optionsOf(OWN_ACCOUNT));
  const { EventBusArn: arn = '' } = await events.send(new CreateEventBusCommand({ Name: name }));
  const queue = await newQueue(`${name}-receives`);
  await allowService(queue, 'events.amazonaws.com');
  const EventPattern = JSON.stringify({ source: ['fanfare'], 'detail-type': [eventType] });
  await events.send(new PutRuleCommand({ Name: 'all', EventBusName: name, EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'all', EventBusName: name, Targets: [{ Id: '1', Arn: queue.arn }] }));
  return { arn, queue };
};

const allowService = async ({ url, arn, account }: Queue, Service: string): Promise<void> => {
  const statement = { Effect: 'Allow', Principal: { Service }, Action: 'sqs:SendMessage', Resource: arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await new SQSClient(optionsOf(account)).send(
    new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }),
  );
};

export const newStream = async (StreamName: string): Promise<{ readonly arn: string }> => {
  const kinesis = new KinesisClient(optionsOf(OWN_ACCOUNT));
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  return eventually(`the stream ${StreamName}`, async () => {
    const { StreamDescriptionSummary: stream } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    return stream?.StreamStatus === 'ACTIVE' ? { arn: stream.StreamARN ?? '' } : undefined;
  });
};

export const untilRecord = (StreamARN: string): Promise<string> => {
  const kinesis = new KinesisClient(optionsOf(OWN_ACCOUNT));
  return eventually(`a record in ${StreamARN}`, async () => {
    const start = { StreamARN, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const };
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start));
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    return Records[0] === undefined ? undefined : Buffer.from(Records[0].Data ?? []).toString('utf8');
  });
};

const s3 = () => new S3Client({ ...optionsOf(OWN_ACCOUNT), forcePathStyle: true });

/** Makes a bucket, or finds it there. */
export const bucket = async (Bucket: string): Promise<void> => {
  await s3()
    .send(new CreateBucketCommand({ Bucket }))
    .catch((error: Error) => {
      if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
    });
};

export const untilObject = (Bucket: string, Prefix: string) =>
  eventually(`an object under ${Prefix}`, async () => {
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix }));
    const [first] = Contents;
    if (first === undefined) return undefined;
    const { Body, Metadata = {}, ContentType } = await s3().send(new GetObjectCommand({ Bucket, Key: first.Key }));
    return { key: first.Key, body: (await Body?.transformToString()) ?? '', metadata: Metadata, type: ContentType };
  });
