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
import { type RedriveRuns, redriveRuns, untilEnded } from '../ops/redrive-runs.ts';

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
const QUEUES = ['webhook', 'slow', 'park'] as const;

type LanesOf = Pick<Environment, 'endpoint' | 'stage' | 'signal'>;

/** The lanes of an environment as one, with the looks at parked tasks, and what nobody could handle of them. */
export const urlLanes = async ({ endpoint, stage, signal }: LanesOf): Promise<Lane> => {
  const options = clientOptions(endpoint);
  const ssm = new SSMClient(options);
  const sqs = new SQSClient(options);
  const exported = async (key: string): Promise<string> => {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameterPath(stage, key) }));
    return Parameter?.Value ?? '';
  };
  const contract = new Map([['table/arn', await exported('table/arn')]]);
  const runs = redriveRuns({ stage, clientOptions: options, contract });
  const lanes = await Promise.all(
    QUEUES.map(async (name) => laneOf(sqs, runs, name, await exported(`queue/${name}/url`), signal)),
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

const laneOf = (sqs: SQSClient, runs: RedriveRuns, name: string, url: string, signal: AbortSignal): Lane => {
  const lane = queueAt(url);
  const deadLetters = queueAt(`${url}-dead-letters`);
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
      if ((await depthOf(sqs, deadLetters)) === 0) return 0;
      const store = { kind: 'dead-letters' as const, name, queueUrl: deadLetters.url, sourceUrl: url };
      const started = await runs.start(store, RATE_PER_SECOND, Date.now());
      return (await untilEnded(runs, started, signal)).done;
    },
  };
};

const queueAt = (url: string): Queue => ({ name: queueNameOf(url), url });
