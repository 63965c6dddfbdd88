import { fakeLetterQueue } from './letter-queue.fake.ts';
import { fakeRecordBucket } from './record-bucket.fake.ts';
import { redoRecords } from './redo-records.ts';
import type { RefanRequest, RunState } from './run-state.ts';
import type { RecordStore } from './settle-record.ts';

export const queueStore: RecordStore = { kind: 'records-queue', name: 'fanout-quarantine', queueUrl: 'quarantine' };
export const bucketStore: RecordStore = { kind: 'records-bucket', name: 'stream-failures', bucket: 'records' };
export const record = (messageId: string) => ({
  dynamodb: { Keys: { PK: { S: 'o#a#MSGS#00' }, SK: { S: messageId } } },
});
const arnOf = (name: string) => `arn:aws:lambda:us-east-1:1:function:fanfare-test-${name}:live`;
export const info = {
  approximateArrivalOfFirstRecord: '2026-11-25T10:00:00Z',
  approximateArrivalOfLastRecord: '2026-11-25T10:00:01Z',
};
export const batch = (...messageIds: readonly string[]) => ({
  ...{ requestContext: { functionArn: arnOf('fan-out') }, DDBStreamBatchInfo: info },
  payload: { Records: messageIds.map(record) },
});
export const intake = (count: number) => ({
  KinesisBatchInfo: {},
  payload: { Records: Array.from({ length: count }, (_, eventID) => ({ eventID, data: 'x'.repeat(90_000) })) },
});
export const invocation = {
  requestContext: { functionArn: arnOf('activate-endpoint') },
  requestPayload: { id: 'ep_1' },
};

export const world = (store: RecordStore, records: readonly unknown[]) => {
  let nowMs = 1_800_000_000_000;
  const queue = fakeLetterQueue(() => nowMs);
  const bucket = fakeRecordBucket();
  for (const [index, one] of records.entries()) {
    const text = typeof one === 'string' ? one : JSON.stringify(one);
    queue.put('quarantine', { body: text, sentAtMs: 1_000 });
    bucket.put('records', `aws/lambda/${String(index).padStart(3, '0')}`, text, 1_000);
  }
  const called: string[] = [];
  const ports = {
    ...{ queue, bucket, stage: 'test', now: () => nowMs },
    callAgain: async (name: string, payload: string): Promise<string | undefined> => {
      called.push(`${name} ${payload.length > 100 ? payload.length : payload}`);
      return undefined;
    },
  };
  const left = () => (store.kind === 'records-queue' ? queue.contents('quarantine') : bucket.keys('records'));
  const pass = (seconds: number) => {
    nowMs += 1000 * seconds;
  };
  return { store, queue, bucket, called, ports, left, pass, now: () => nowMs };
};
export type World = ReturnType<typeof world>;
type Refan = (request: RefanRequest) => object;

export const published: Refan = ({ refs }) => ({
  messages: 1,
  published: (refs as unknown[])?.length ?? 1,
  problems: [],
});

/** Takes steps and makes the calls that they ask for, as the state machine does. */
export const run = async (one: World, refan: Refan = published, again?: (step: number) => boolean) => {
  let state: RunState = { run: 'r', execution: 0, page: 0, store: one.store, ratePerSecond: 50 };
  for (let step = 1; step < 1_000; step += 1) {
    const end = await redoRecords(state, one.store, one.ports);
    if (again?.(step)) continue; // its answer was lost: it is taken again from what it was given
    if (end.next === 'end') return end.progress;
    state = { ...{ run: 'r', execution: 0, page: 0, store: one.store, ratePerSecond: 50 }, progress: end.progress };
    if (end.next === 'wait') one.pass(end.waitSeconds);
    if (end.next !== 'call') continue;
    try {
      state = { ...state, answered: { answer: refan(end.call) } };
    } catch (error) {
      const { message } = error as Error;
      state = { ...state, failure: { Error: 'Error', Cause: JSON.stringify({ errorMessage: message, trace: ['x'] }) } };
    }
  }
  throw new Error('it does not end');
};
