import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parameterPath } from '../contract-names.ts';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';
import { depthOf, type Queue, queueNameOf } from '../ops/queues.ts';
import { redrive } from '../ops/redrive.ts';

export type Lane = {
  /** Messages that wait, are worked on or are delayed. */
  readonly messages: () => Promise<number>;
  /** Makes tasks that were not handled come back after seconds instead of minutes. Answers how to undo it. */
  readonly hasten: (visibilitySeconds: number) => Promise<() => Promise<void>>;
  /** Takes away what others left among the dead letters. */
  readonly clear: () => Promise<void>;
  /** Moves dead letters back into the lane, as `npm run ops -- dlq redrive` does. Answers how many were moved. */
  readonly redrive: () => Promise<number>;
};

const RATE_PER_SECOND = 50;

/** The webhook lane of an environment, and what nobody could handle of it. */
export const webhookLane = async ({
  endpoint,
  stage,
  signal,
}: Pick<Environment, 'endpoint' | 'stage' | 'signal'>): Promise<Lane> => {
  const options = clientOptions(endpoint);
  const { Parameter } = await new SSMClient(options).send(
    new GetParameterCommand({ Name: parameterPath(stage, 'queue/webhook/url') }),
  );
  const lane = queueAt(Parameter?.Value ?? '');
  const deadLetters = queueAt(`${lane.url}-dead-letters`);
  const sqs = new SQSClient(options);
  const setVisibility = async (VisibilityTimeout: string): Promise<void> =>
    void (await sqs.send(new SetQueueAttributesCommand({ QueueUrl: lane.url, Attributes: { VisibilityTimeout } })));
  return {
    messages: () => depthOf(sqs, lane),
    hasten: async (visibilitySeconds) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: lane.url, AttributeNames: ['VisibilityTimeout'] }),
      );
      await setVisibility(String(visibilitySeconds));
      return () => setVisibility(Attributes?.VisibilityTimeout ?? '');
    },
    clear: async () => void (await sqs.send(new PurgeQueueCommand({ QueueUrl: deadLetters.url }))),
    redrive: async () => {
      const back = { from: deadLetters, to: lane, ratePerSecond: RATE_PER_SECOND, onProgress: () => {}, signal };
      return (await redrive(sqs, back)).moved;
    },
  };
};

const queueAt = (url: string): Queue => ({ name: queueNameOf(url), url });
