import { fakeLetterQueue } from './letter-queue.fake.ts';
import { fakeRecordBucket } from './record-bucket.fake.ts';
import type { RunState } from './run-state.ts';
import { runState } from './run-state.ts';
import { type StepTaken, takeStep } from './take-step.ts';

const store = { kind: 'dead-letters', name: 'webhook', queueUrl: 'dead', sourceUrl: 'lane' } as const;
const queue = fakeLetterQueue(() => 2_000);
const ports = {
  ...{ queue, bucket: fakeRecordBucket(), now: () => 2_000, stage: 'test' },
  callAgain: async () => undefined,
};
const first: RunState = { run: 'r', execution: 0, page: 0, store, ratePerSecond: 1 };

/** What the next step is given: what went through the state machine is JSON. */
const handedOn = (taken: StepTaken): RunState => runState.parse(JSON.parse(JSON.stringify(taken)));

test('a redrive goes on in a new execution, from where it is and long before the history of the one it has is full', async () => {
  for (let index = 0; index < 10; index += 1) queue.put('dead', { body: `task ${index}`, sentAtMs: 1_000 });
  const one = await takeStep(first, 2, ports);
  expect(one).toMatchObject({ next: 'wait', waitSeconds: 4, page: 1, execution: 0 });
  const two = await takeStep(handedOn(one), 2, ports);
  expect(two).toMatchObject({ next: 'continue', page: 0, execution: 1, progress: { done: 8 } });
  const three = await takeStep(handedOn(two), 2, ports);
  expect(three).toMatchObject({ next: 'end', page: 1, execution: 1, progress: { there: 10, done: 10 } });
  expect(queue.contents('lane')).toHaveLength(10);
});

test('what a step was answered is not handed on to the next', async () => {
  const records = { kind: 'records-queue', name: 'quarantine', queueUrl: 'quarantine' } as const;
  queue.put('quarantine', { body: 'nonsense', sentAtMs: 1_000 });
  const answered = { answer: { published: 1, problems: [] } };
  const taken = await takeStep({ ...first, store: records, answered }, 2, ports);
  expect(Object.keys(taken)).not.toContain('answered');
});
