import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parameterPath } from '../contract-names.ts';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';

export type Lane = {
  /** Messages that wait, are worked on or are delayed. */
  readonly messages: () => Promise<number>;
  /** Makes tasks that were not handled come back after seconds instead of minutes. Answers how to undo it. */
  readonly hasten: (visibilitySeconds: number) => Promise<() => Promise<void>>;
  /** Moves dead letters back into the lane. Answers how many there were. */
  readonly redrive: () => Promise<number>;
};

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const satisfies readonly QueueAttributeName[];

/** The webhook lane of an environment, and what nobody could handle of it. */
export const webhookLane = async ({ endpoint, stage }: Pick<Environment, 'endpoint' | 'stage'>): Promise<Lane> => {
  const options = clientOptions(endpoint);
  const { Parameter } = await new SSMClient(options).send(
    new GetParameterCommand({ Name: parameterPath(stage, 'queue/webhook/url') }),
  );
  const QueueUrl = Parameter?.Value ?? '';
  const sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false });
  const attributes = async (names: readonly QueueAttributeName[]) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))).Attributes ?? {};
  const setVisibility = async (VisibilityTimeout: string): Promise<void> =>
    void (await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout } })));
  return {
    messages: async () => {
      const counts = await attributes(COUNTS);
      return COUNTS.reduce((sum, name) => sum + Number(counts[name] ?? 0), 0);
    },
    hasten: async (visibilitySeconds) => {
      const { VisibilityTimeout = '' } = await attributes(['VisibilityTimeout']);
      await setVisibility(String(visibilitySeconds));
      return () => setVisibility(VisibilityTimeout);
    },
    redrive: () => redrive(sqs, `${QueueUrl}-dead-letters`, QueueUrl),
  };
};

/** Sent first and deleted then: a task that is there twice meets its attempt. */
const redrive = async (sqs: SQSClient, from: string, to: string): Promise<number> => {
  for (let moved = 0; ; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return moved;
    for (const { Body, MessageAttributes, ReceiptHandle } of Messages) {
      const { appId } = JSON.parse(Body ?? '{}') as { appId?: string };
      await sqs.send(
        new SendMessageCommand({ QueueUrl: to, MessageBody: Body, MessageAttributes, MessageGroupId: appId }),
      );
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
      moved += 1;
    }
  }
};
