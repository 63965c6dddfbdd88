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

/** What tasks for URLs go through: their lanes, and the looks at those that are parked. */
const QUEUES = ['queue/webhook/url', 'queue/slow/url', 'queue/park/url'] as const;

/** The lanes of an environment as one, with the looks at parked tasks, and what nobody could handle of them. */
export const urlLanes = async (environment: Pick<Environment, 'endpoint' | 'stage' | 'signal'>): Promise<Lane> => {
  const options = clientOptions(environment.endpoint);
  const ssm = new SSMClient(options);
  const sqs = new SQSClient(options);
  const lanes = await Promise.all(
    QUEUES.map(async (key) => {
      const name = parameterPath(environment.stage, key);
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
      return laneOf(sqs, queueAt(Parameter?.Value ?? ''), environment.signal);
    }),
  );
  const total = async (count: (lane: Lane) => Promise<number>): Promise<number> =>
    (await Promise.all(lanes.map(count))).reduce((sum, one) => sum + one, 0);
  return {
    messages: () => total((lane) => lane.messages()),
    hasten: async (visibilitySeconds) => {
      const undo = await Promise.all(lanes.map((lane) => lane.hasten(visibilitySeconds)));
      return async () => void (await Promise.all(undo.map((one) => one())));
    },
    clear: async () => void (await Promise.all(lanes.map((lane) => lane.clear()))),
    redrive: () => total((lane) => lane.redrive()),
  };
};

const laneOf = (sqs: SQSClient, lane: Queue, signal: AbortSignal): Lane => {
  const deadLetters = queueAt(`${lane.url}-dead-letters`);
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
