import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { unreachable } from '@fanfare/core/unreachable';
import { calledBy, type FailureStore } from './failure-stores.ts';
import { peek } from './peek.ts';
import { arnOfQueue, depthOf, type Queue } from './queues.ts';
import { type OpsStage, readersOf } from './stage.ts';

/** A store of failed work, as it stands. */
export type StoreState = {
  readonly name: string;
  readonly kind: FailureStore['kind'];
  /** The queue or the bucket. */
  readonly place: string;
  readonly depth: number;
  /** Age of the oldest that was looked at, from when it was first sent; absent when the store is empty. */
  readonly oldestSeconds?: number;
  /** How many were looked at: when that is fewer than the depth, an older one may be there. */
  readonly seen: number;
  /** What gets it when it is redriven. */
  readonly readBy: readonly string[];
};

/** SQS has no order to ask for the oldest by: so many are looked at. */
const MOST_SEEN = 100;

/** Tells how each store of failed work stands. */
export const listStores = async (stage: OpsStage, nowMs: number): Promise<readonly StoreState[]> =>
  Promise.all(
    stage.stores.map(async (store) => {
      const { name, kind } = store;
      const [contents, readBy] = await Promise.all([contentsOf(store, stage, nowMs), readersOfStore(store, stage)]);
      return { name, kind, ...contents, readBy };
    }),
  );

type ContentsOfStore = Pick<StoreState, 'place' | 'depth' | 'oldestSeconds' | 'seen'>;

const contentsOf = async (store: FailureStore, stage: OpsStage, nowMs: number): Promise<ContentsOfStore> => {
  switch (store.kind) {
    case 'dead-letters':
    case 'quarantine':
    case 'rejects':
    case 'failed-calls':
    case 'failure-queue':
      return queueContents(store.queue, stage, nowMs);
    case 'failure-bucket':
      return bucketContents(store.bucket, stage.s3, nowMs);
    default:
      return unreachable(store);
  }
};

const queueContents = async (queue: Queue, { sqs }: OpsStage, nowMs: number): Promise<ContentsOfStore> => {
  const depth = await depthOf(sqs, queue);
  const messages = depth === 0 ? [] : await peek(sqs, queue.url, Math.min(depth, MOST_SEEN));
  const sentAt = messages.map(({ Attributes }) => Number(Attributes?.SentTimestamp));
  return { place: queue.name, depth, seen: messages.length, ...oldest(sentAt, nowMs) };
};

const bucketContents = async (bucket: string, client: S3Client, nowMs: number): Promise<ContentsOfStore> => {
  const writtenAt: number[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    writtenAt.push(...Contents.map(({ LastModified }) => LastModified?.getTime() ?? nowMs));
  }
  return { place: bucket, depth: writtenAt.length, seen: writtenAt.length, ...oldest(writtenAt, nowMs) };
};

const oldest = (times: readonly number[], nowMs: number): Pick<StoreState, 'oldestSeconds'> =>
  times.length === 0
    ? {}
    : { oldestSeconds: Math.round((nowMs - times.reduce((least, time) => Math.min(least, time))) / 1000) };

const readersOfStore = async (store: FailureStore, { sqs, lambda, stage }: OpsStage): Promise<readonly string[]> => {
  if (store.kind === 'dead-letters') return readersOf(lambda, await arnOfQueue(sqs, store.source.url));
  if (store.kind === 'failed-calls') return [`fanfare-${stage}-${calledBy(store.name)}`];
  return store.kind === 'rejects' ? [] : doneAgainBy(store).map((name) => `fanfare-${stage}-${name}`);
};

/** Functions that a redrive gives the records of a store to. */
const doneAgainBy = ({ kind, name }: FailureStore): readonly string[] => {
  if (kind === 'quarantine') return name === 'project-quarantine' ? ['project-stream'] : ['refan'];
  return ['refan', 'project-stream', 'ingest-stream'];
};
