import {
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';
import { contractValues } from '../ops/contract-values.ts';
import { depthOf, type Queue, queueNameOf } from '../ops/queues.ts';
import { type RedriveRuns, redriveRuns, untilEnded } from '../ops/redrive-runs.ts';

/** What a queue can be asked for and told in a run. */
type QueueOfRun = {
  /** Messages that wait, are worked on or are delayed. */
  readonly messages: () => Promise<number>;
  /** Makes tasks that were not handled come back after seconds instead of minutes. Answers how to undo it. */
  readonly hasten: (visibilitySeconds: number) => Promise<() => Promise<void>>;
  /** Takes away what others left among the dead letters. */
  readonly clear: () => Promise<void>;
  /** Moves dead letters back into the lane, as `npm run ops -- dlq redrive` does. Answers how many were moved. */
  readonly redrive: () => Promise<number>;
};

export type Lane = Omit<QueueOfRun, 'messages'> & {
  /** Tasks that wait for their attempt, are worked on or are delayed. */
  readonly tasks: () => Promise<number>;
  /** Looks at parked tasks, those at nothing included: the last one comes minutes after the last task is out. */
  readonly looks: () => Promise<number>;
};

const RATE_PER_SECOND = 50;

/** What tasks for URLs go through. */
const LANES = ['webhook', 'slow'] as const;
/** When to look at those that are parked. */
const LOOKS = 'park';

type LanesOf = Pick<Environment, 'endpoint' | 'stage' | 'signal'>;

/** The lanes of an environment as one, with the looks at parked tasks, and what nobody could handle of them. */
export const urlLanes = async ({ endpoint, stage, signal }: LanesOf): Promise<Lane> => {
  const target = { stage, clientOptions: clientOptions(endpoint) };
  const sqs = new SQSClient(target.clientOptions);
  const contract = await contractValues(target);
  const runs = redriveRuns({ ...target, contract });
  const queueNamed = (name: string): QueueOfRun =>
    queueOf(sqs, runs, name, contract.get(`queue/${name}/url`) ?? '', signal);
  const looks = queueNamed(LOOKS);
  const lanes = LANES.map(queueNamed);
  const queues = [...lanes, looks];
  return {
    tasks: () => total(lanes.map((lane) => lane.messages())),
    looks: looks.messages,
    hasten: async (visibilitySeconds) => {
      const undo = await Promise.all(queues.map((queue) => queue.hasten(visibilitySeconds)));
      return async () => void (await Promise.all(undo.map((one) => one())));
    },
    clear: async () => void (await Promise.all(queues.map((queue) => queue.clear()))),
    redrive: () => total(queues.map((queue) => queue.redrive())),
  };
};

const total = async (counts: readonly Promise<number>[]): Promise<number> =>
  (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);

const queueOf = (sqs: SQSClient, runs: RedriveRuns, name: string, url: string, signal: AbortSignal): QueueOfRun => {
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
