import { MOST_IDLE, MOST_IDLE_IN_BUCKET } from './redo-records.ts';
import {
  batch,
  bucketStore,
  info,
  intake,
  invocation,
  published,
  queueStore,
  record,
  run,
  world,
} from './redo-run.fake.ts';
import type { RefanRequest } from './run-state.ts';

describe.each([
  ['a queue', queueStore, MOST_IDLE],
  ['a bucket', bucketStore, MOST_IDLE_IN_BUCKET],
])('a redrive of records in %s', (_place, store, mostIdle) => {
  test('has each fanned out again and takes it away; what cannot be stays, with its reason', async () => {
    const one = world(store, [batch('msg_1', 'msg_2'), batch('msg_odd'), { nonsense: true }]);
    const asked: RefanRequest[] = [];
    const report = await run(one, (request) => {
      asked.push(request);
      const [first] = request.refs as { messageId: string }[];
      return first?.messageId === 'msg_odd'
        ? { messages: 1, published: 0, problems: [{ ref: first, problem: 'eventType: expected string' }] }
        : published(request);
    });
    expect(report).toMatchObject({ there: 3, done: 1, published: 2, held: {} });
    expect(report.failed.map(({ reason }) => reason)).toEqual(['eventType: expected string', expect.any(String)]);
    expect(asked).toMatchObject([
      { refs: [{ messageId: 'msg_1' }, { messageId: 'msg_2' }] },
      { refs: [{ messageId: 'msg_odd' }] },
    ]);
    expect(one.left()).toHaveLength(2);
  });

  test('asks again where a call ran out of time, and takes the record away after the last one', async () => {
    const one = world(store, [{ DDBStreamBatchInfo: info }]);
    const asked: RefanRequest[] = [];
    const report = await run(one, (request) => {
      expect(one.left()).toHaveLength(1);
      asked.push(request);
      const answer = { messages: 5, published: 2, problems: [] };
      return asked.length < 3 ? { ...answer, next: { ...request, toMs: asked.length } } : answer;
    });
    expect(asked.map(({ toMs }) => toMs)).toEqual([undefined, 1, 2]);
    expect(report).toMatchObject({ done: 1, published: 6 });
    expect(one.left()).toEqual([]);
  });

  test('has more messages than one call takes fanned out by several', async () => {
    const Records = Array.from({ length: 150 }, (_, number) => record(`msg_${number}`));
    const one = world(store, [{ DDBStreamBatchInfo: info, payload: JSON.stringify({ Records }) }]);
    await expect(run(one)).resolves.toMatchObject({ done: 1, published: 150 });
  });

  test('gives what was meant for a function to it again, in calls of bounded size', async () => {
    const one = world(store, [intake(3), invocation]);
    await expect(run(one)).resolves.toMatchObject({ there: 2, done: 2, failed: [] });
    expect(one.called).toHaveLength(3);
    expect(one.called.at(-1)).toBe('activate-endpoint {"id":"ep_1"}');
    expect(one.left()).toEqual([]);
  });

  test('leaves a record that its function cannot be given', async () => {
    const one = world(store, [invocation]);
    const ports = { ...one.ports, callAgain: async () => 'it cannot be called' };
    await expect(run({ ...one, ports })).resolves.toMatchObject({
      done: 0,
      failed: [{ reason: 'it cannot be called' }],
    });
    expect(one.left()).toHaveLength(1);
  });

  test('that fails half way through a record leaves it there', async () => {
    const one = world(store, [intake(3)]);
    let calls = 0;
    const callAgain = async () => {
      calls += 1;
      if (calls > 1) throw new Error('throttled');
      return undefined;
    };
    await expect(run({ ...one, ports: { ...one.ports, callAgain } })).rejects.toThrow('throttled');
    expect(one.left()).toHaveLength(1);
    await expect(run(one)).resolves.toMatchObject({ done: 1 });
  });

  test('ends when calls fail one after the other, and says what they failed with and nothing else', async () => {
    const one = world(
      store,
      Array.from({ length: 30 }, (_, index) => batch(`msg_${index}`)),
    );
    const report = await run(one, () => {
      throw new Error('no table');
    });
    expect(report.failed).toHaveLength(mostIdle);
    expect(report.failed[0]?.reason).toBe('refan failed: Error no table');
    expect(one.left()).toHaveLength(30);
  });
});

test('a redrive of a bucket comes to what lies behind some objects for which every call fails', async () => {
  const bad = Array.from({ length: MOST_IDLE_IN_BUCKET - 1 }, (_, index) => batch(`msg_bad_${index}`));
  const one = world(bucketStore, [...bad, batch('msg_good')]);
  const report = await run(one, (request) => {
    if (JSON.stringify(request).includes('bad')) throw new Error('out of memory');
    return published(request);
  });
  expect(report).toMatchObject({ there: bad.length + 1, done: 1, endReason: 'all-met' });
  expect(one.left()).toHaveLength(bad.length);
});

describe('a redrive of records', () => {
  test('gives what project put aside to project again', async () => {
    const whole = (messageId: string) => ({ dynamodb: { ...record(messageId).dynamodb, NewImage: {} } });
    const one = world({ ...queueStore, name: 'project-quarantine' }, [whole('msg_1'), whole('msg_2')]);
    await expect(run(one)).resolves.toMatchObject({ done: 2, failed: [], published: 0 });
    expect(one.called).toEqual([expect.stringMatching(/^project-stream /), expect.stringMatching(/^project-stream /)]);
    expect(one.left()).toEqual([]);
  });

  test('gives back what stays in a queue, and what came meanwhile', async () => {
    const one = world(queueStore, ['nonsense', record('msg_1')]);
    const report = await run(one, (request) => {
      one.queue.put('quarantine', { body: JSON.stringify(record('msg_new')), sentAtMs: one.now() + 1 });
      return published(request);
    });
    expect(report).toMatchObject({ there: 2, done: 1 });
    expect(await one.queue.receive('quarantine', 10, 30)).toHaveLength(2);
  });

  test('does not take what came meanwhile in the place of what was there', async () => {
    const one = world(queueStore, []);
    for (let index = 0; index < 3; index += 1) {
      one.queue.put('quarantine', { body: JSON.stringify(record('msg_new')), sentAtMs: one.now() + 60_000 });
    }
    one.queue.put('quarantine', { body: JSON.stringify(record('msg_1')), sentAtMs: 1_000 });
    const there = { ...one.queue, depth: async () => 1 };
    const report = await run({ ...one, ports: { ...one.ports, queue: there } });
    expect(report).toMatchObject({ done: 1, newer: 3 });
  });

  test('keeps a record hidden from others while it is worked on', async () => {
    const one = world(queueStore, [record('msg_1')]);
    const seen: Promise<readonly unknown[]>[] = [];
    await run(one, (request) => {
      one.pass(300);
      seen.push(one.queue.receive('quarantine', 10, 0));
      return published(request);
    });
    await expect(Promise.all(seen)).resolves.toEqual([[]]);
  });

  test('waits for what a step had in hand that crashed', async () => {
    const one = world(queueStore, [record('msg_1'), record('msg_2')]);
    await one.queue.receive('quarantine', 1, 30);
    await expect(run(one)).resolves.toMatchObject({ there: 2, done: 2 });
  });

  test('takes a step again whose answer was lost, and what was done then is done once more or gone', async () => {
    const one = world(bucketStore, [batch('msg_1'), invocation, batch('msg_2')]);
    const report = await run(one, published, (step) => step % 2 === 1);
    expect(report.failed).toEqual([]);
    expect(one.left()).toEqual([]);
  });

  test('leaves objects that were written after it began', async () => {
    const one = world(bucketStore, [batch('msg_1')]);
    const report = await run(one, (request) => {
      one.bucket.put('records', 'aws/lambda/999', JSON.stringify(batch('msg_new')), one.now() + 1);
      return published(request);
    });
    expect(report).toMatchObject({ there: 1, done: 1 });
    expect(one.left()).toEqual(['aws/lambda/999']);
  });
});
