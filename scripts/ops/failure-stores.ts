import type { ContractValues } from './contract-values.ts';
import { type Queue, queueNameOf } from './queues.ts';

/** Where work waits that we could not do. */
export type FailureStore =
  /** Of a queue that functions read: what they could not handle. */
  | { readonly kind: 'dead-letters'; readonly name: string; readonly queue: Queue; readonly source: Queue }
  /** Stream records that a function put aside by itself. */
  | { readonly kind: 'quarantine'; readonly name: string; readonly queue: Queue }
  /** What came in and was refused for what it is: its owner looks at it, and nothing is done with it again. */
  | { readonly kind: 'rejects'; readonly name: string; readonly queue: Queue }
  /** Calls of a function that nobody waited for and that failed. Its name is that of the function, and `-failures`. */
  | { readonly kind: 'failed-calls'; readonly name: string; readonly queue: Queue }
  /** What an event source gave up on. */
  | { readonly kind: 'failure-queue'; readonly name: string; readonly queue: Queue }
  | { readonly kind: 'failure-bucket'; readonly name: string; readonly bucket: string };

/** Answers the ARN of the queue that a queue's messages end in, if there is one. */
export type DeadLetterArnOf = (queueUrl: string) => Promise<string | undefined>;

const QUEUE = /^queue\/([a-z-]+)\/url$/;
const DESTINATION = /^destination\/([a-z-]+)\/arn$/;

/**
 * Finds every store of failed work in a contract. There is no list to keep: each exported queue either has a dead-letter
 * queue, or nothing reads it and it is a store itself; each exported destination is a store by what it is for.
 */
export const failureStores = async (
  contract: ContractValues,
  urlOf: (queueName: string) => Promise<string>,
  deadLetterArnOf: DeadLetterArnOf,
): Promise<readonly FailureStore[]> => {
  const found = await Promise.all(
    [...contract].map(async ([key, value]): Promise<readonly FailureStore[]> => {
      const queue = QUEUE.exec(key)?.[1];
      if (queue !== undefined) return [await storeOfQueue(queue, value, urlOf, deadLetterArnOf)];
      const destination = DESTINATION.exec(key)?.[1];
      return destination === undefined ? [] : [await storeOfDestination(destination, value, urlOf)];
    }),
  );
  return found.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
};

const storeOfQueue = async (
  name: string,
  url: string,
  urlOf: (queueName: string) => Promise<string>,
  deadLetterArnOf: DeadLetterArnOf,
): Promise<FailureStore> => {
  const own = { name: queueNameOf(url), url };
  const arn = await deadLetterArnOf(url);
  if (arn === undefined) return { kind: kindOf(name), name, queue: own };
  return { kind: 'dead-letters', name, queue: await queueOfArn(arn, urlOf), source: own };
};

const kindOf = (name: string): 'rejects' | 'failed-calls' | 'quarantine' => {
  if (name.endsWith(CALLS)) return 'failed-calls';
  return name.endsWith('-rejects') ? 'rejects' : 'quarantine';
};

const CALLS = '-failures';

/** The function whose calls are kept in a store of this name. */
export const calledBy = (name: string): string => name.slice(0, -CALLS.length);

const storeOfDestination = async (
  name: string,
  arn: string,
  urlOf: (queueName: string) => Promise<string>,
): Promise<FailureStore> => {
  if (arn.split(':')[2] === 's3') return { kind: 'failure-bucket', name, bucket: arn.split(':').at(-1) ?? '' };
  return { kind: 'failure-queue', name, queue: await queueOfArn(arn, urlOf) };
};

const queueOfArn = async (arn: string, urlOf: (queueName: string) => Promise<string>): Promise<Queue> => {
  const name = arn.split(':').at(-1) ?? '';
  return { name, url: await urlOf(name) };
};
