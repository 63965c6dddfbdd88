import { RECORD_HIDDEN_SECONDS } from './redo-records.ts';
import { batch, bucketStore, invocation, published, queueStore, record, run, world } from './redo-run.fake.ts';
import { MOST_FAILED } from './settle-record.ts';

describe('a step that fails half way', () => {
  const throttled = async () => {
    throw new Error('throttled');
  };

  test('gives back what it had set aside, so that its repeat meets that and says why it stays', async () => {
    const one = world(queueStore, ['nonsense']);
    one.queue.put('quarantine', { body: 'came meanwhile', sentAtMs: one.now() + 1 });
    one.queue.put('quarantine', { body: JSON.stringify(invocation), sentAtMs: 1_000 });
    await expect(run({ ...one, ports: { ...one.ports, callAgain: throttled } })).rejects.toThrow('throttled');
    expect(await one.queue.receive('quarantine', 10, 0)).toHaveLength(3);
    await expect(run(one)).resolves.toMatchObject({ done: 1, newer: 1, failed: [{ id: 'message-1' }] });
  });

  test('keeps hidden what the steps before it set aside, which its repeat knows of', async () => {
    const one = world(queueStore, ['nonsense', record('msg_1'), invocation]);
    await expect(run({ ...one, ports: { ...one.ports, callAgain: throttled } }, published)).rejects.toThrow(
      'throttled',
    );
    expect(await one.queue.receive('quarantine', 10, 0)).toMatchObject([{ id: 'message-3' }]);
  });

  test('does not show again what it has removed', async () => {
    const one = world(queueStore, [invocation, invocation]);
    let calls = 0;
    const callAgain = () => {
      calls += 1;
      return calls > 1 ? throttled() : Promise.resolve(undefined);
    };
    const hidden: string[] = [];
    const hide: typeof one.queue.hide = async (queueUrl, handles, seconds) => {
      hidden.push(...handles);
      await one.queue.hide(queueUrl, handles, seconds);
    };
    const ports = { ...one.ports, callAgain, queue: { ...one.queue, hide } };
    await expect(run({ ...one, ports })).rejects.toThrow('throttled');
    expect(hidden).toHaveLength(1);
  });
});

test('a run that outlasts what it hides counts nothing twice, and gives all of it back', async () => {
  const one = world(queueStore, ['nonsense', record('msg_1'), record('msg_2'), record('msg_3')]);
  one.queue.put('quarantine', { body: 'came meanwhile', sentAtMs: one.now() + 24 * 3_600_000 });
  const report = await run(one, (request) => {
    one.pass(RECORD_HIDDEN_SECONDS - 1);
    return published(request);
  });
  expect(report).toMatchObject({ there: 5, done: 3, newer: 1, failed: [{ id: 'message-1' }] });
  expect(await one.queue.receive('quarantine', 10, 0)).toHaveLength(2);
});

describe('records that stay', () => {
  const staying = Array.from({ length: MOST_FAILED + 20 }, () => 'nonsense');

  test('of a queue end a run when there are a hundred, which is what it can give back', async () => {
    const one = world(queueStore, [...staying, record('msg_1')]);
    const report = await run(one);
    expect(report).toMatchObject({ there: MOST_FAILED + 21, done: 0, alsoFailed: 0, endReason: 'too-many-stay' });
    expect(report.failed).toHaveLength(MOST_FAILED);
    expect(await one.queue.receive('quarantine', 10, 0)).toHaveLength(10);
    expect(one.left()).toHaveLength(MOST_FAILED + 21);
  });

  test('of a bucket do not keep a run from what lies behind them, however many there are', async () => {
    const one = world(bucketStore, [...staying, batch('msg_1'), 'nonsense']);
    const report = await run(one);
    expect(report).toMatchObject({
      there: MOST_FAILED + 22,
      done: 1,
      published: 1,
      alsoFailed: 21,
      endReason: 'all-met',
    });
    expect(report.failed).toHaveLength(MOST_FAILED);
    expect(one.left()).toHaveLength(MOST_FAILED + 21);
  });
});

describe('a run says why it ended', () => {
  test('when what came meanwhile is as much as it can give back', async () => {
    const one = world(queueStore, []);
    for (let index = 0; index < MOST_FAILED; index += 1) {
      one.queue.put('quarantine', { body: 'came meanwhile', sentAtMs: one.now() + 1 });
    }
    one.queue.put('quarantine', { body: JSON.stringify(record('msg_1')), sentAtMs: 1_000 });
    await expect(run(one)).resolves.toMatchObject({ done: 0, newer: MOST_FAILED, endReason: 'too-many-stay' });
  });

  test('when somebody has in hand for long what was there', async () => {
    const one = world(queueStore, [record('msg_1'), record('msg_2')]);
    await one.queue.receive('quarantine', 1, 3_600);
    await expect(run(one)).resolves.toMatchObject({ there: 2, done: 1, failed: [], endReason: 'idle' });
  });

  test('when somebody else took what was there', async () => {
    const one = world(queueStore, [record('msg_1')]);
    let looks = 0;
    const depth = async () => {
      looks += 1;
      return looks === 1 ? 2 : 0;
    };
    const ports = { ...one.ports, queue: { ...one.queue, depth } };
    await expect(run({ ...one, ports })).resolves.toMatchObject({ there: 2, done: 1, endReason: 'empty' });
  });
});
