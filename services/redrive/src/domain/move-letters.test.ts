import { fakeLetterQueue } from './letter-queue.fake.ts';
import { HIDDEN_SECONDS, MOST_IDLE_STEPS, moveLetters } from './move-letters.ts';
import type { RunState, StepEnd } from './run-state.ts';

const store = { kind: 'dead-letters', name: 'webhook', queueUrl: 'dead', sourceUrl: 'lane' } as const;
const first: RunState = { run: 'r', execution: 0, page: 0, store, ratePerSecond: 50 };

const world = (count: number) => {
  let nowMs = 1_000_000;
  const queue = fakeLetterQueue(() => nowMs);
  for (let index = 0; index < count; index += 1) queue.put('dead', { body: `task ${index}`, sentAtMs: 1_000 });
  let dies: { readonly call: keyof typeof queue; left: number } | undefined;
  let isDead = false;
  const dying = new Proxy(queue, {
    get: (target, call: keyof typeof queue) => {
      if (dies?.call === call) dies.left -= 1;
      isDead ||= dies?.call === call && dies.left === 0;
      if (!isDead) return target[call];
      return async () => {
        throw new Error('the process ended');
      };
    },
  });
  return {
    queue,
    now: () => nowMs,
    pass: (seconds: number) => {
      nowMs += 1000 * seconds;
    },
    revive: () => {
      isDead = false;
    },
    /** A process that ends the moment it would make a call for the n-th time. */
    diesAt: (call: keyof typeof queue, time: number) => {
      dies = { call, left: time };
    },
    ports: { queue: dying, now: () => nowMs },
  };
};
type World = ReturnType<typeof world>;

/** Takes steps as the state machine does, until the run ends: a step that fails is taken again, from what it was given. */
const run = async (one: World, meanwhile: () => void = () => undefined, from = first) => {
  let state = from;
  for (let steps = 1; steps < 1_000; steps += 1) {
    const end: StepEnd | undefined = await moveLetters(state, store, one.ports).catch(() => undefined);
    one.revive();
    if (end?.next === 'end') return { ...end.progress, steps };
    if (end !== undefined) state = { ...state, progress: end.progress };
    one.pass(end === undefined ? 2 : end.next === 'wait' ? end.waitSeconds : 0);
    meanwhile();
  }
  throw new Error('it does not end');
};
const bodies = (one: World, url: string) => one.queue.contents(url).map(({ body }) => body);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `task ${index}`);

describe('a redrive of dead letters', () => {
  test('moves every message that was there, and says how many', async () => {
    const one = world(450);
    await expect(run(one)).resolves.toMatchObject({
      ...{ there: 450, done: 450, failed: [], newer: 0, notDeleted: 0, endReason: 'all-met' },
    });
    expect(bodies(one, 'lane')).toEqual(numbered(450));
    expect(bodies(one, 'dead')).toEqual([]);
  });

  test('keeps to its rate, in steps of bounded length', async () => {
    const one = world(450);
    const startedAt = one.now();
    const { steps } = await run(one);
    expect(steps).toBe(3);
    expect(one.now() - startedAt).toBeGreaterThanOrEqual(8_000);
  });

  test('of an empty queue, or a second time, moves nothing', async () => {
    const one = world(3);
    await run(one);
    await expect(run(one)).resolves.toMatchObject({ there: 0, done: 0, steps: 1 });
    expect(bodies(one, 'lane')).toEqual(numbered(3));
  });

  test.each([
    ['before anything was received', 'receive', 1],
    ['before anything was sent', 'send', 1],
    ['between sending and deleting', 'remove', 1],
    ['in the middle of a page', 'remove', 3],
    ['while it looks what is left', 'depth', 1],
  ] as const)('whose step ends %s loses nothing, and the same run finishes', async (_when, call, time) => {
    const one = world(45);
    one.diesAt(call, time);
    await run(one);
    expect(bodies(one, 'dead')).toEqual([]);
    expect([...new Set(bodies(one, 'lane'))].sort()).toEqual(numbered(45).sort());
  });

  test('waits for what somebody has in hand who died, and moves it too', async () => {
    const one = world(5);
    await one.queue.receive('dead', 2, HIDDEN_SECONDS);
    await expect(run(one)).resolves.toMatchObject({ there: 5, done: 5 });
  });

  test('beside another one moves each message once', async () => {
    const one = world(30);
    const other: { state: RunState | undefined } = { state: first };
    const both = async (): Promise<void> => {
      if (other.state === undefined) return;
      const end = await moveLetters(other.state, store, one.ports);
      other.state = end.next === 'end' ? undefined : { ...other.state, progress: end.progress };
    };
    const slow = { ...first, ratePerSecond: 1 };
    const end = await moveLetters(slow, store, one.ports);
    await both();
    await run(one, undefined, { ...slow, progress: end.progress });
    expect(bodies(one, 'lane').sort()).toEqual(numbered(30).sort());
    expect(bodies(one, 'dead')).toEqual([]);
  });

  test('leaves what comes while it runs, so that what fails again is moved once', async () => {
    const one = world(250);
    let came = false;
    const report = await run(one, () => {
      if (!came) one.queue.put('dead', { body: 'came back' });
      came = true;
    });
    expect(report).toMatchObject({ there: 250, done: 250 });
    expect(bodies(one, 'dead')).toEqual(['came back']);
  });

  test('ends when nothing but what came meanwhile is left, and gives that back', async () => {
    const one = world(10);
    const end = await moveLetters({ ...first, ratePerSecond: 1 }, store, one.ports);
    for (const { handle } of one.queue.contents('dead')) await one.queue.remove('dead', [handle]);
    one.queue.put('dead', { body: 'newer' });
    await expect(run(one, undefined, { ...first, progress: end.progress })).resolves.toMatchObject({
      done: 4,
      newer: 1,
      endReason: 'empty',
    });
    expect(await one.queue.receive('dead', 10, 30)).toHaveLength(1);
  });

  test('tries again what its lane refuses, and ends with the reason when it stays so', async () => {
    const one = world(3);
    one.queue.refuse('task 1', 'InternalError');
    const report = await run(one);
    expect(report).toMatchObject({ there: 3, done: 2, failed: [{ reason: 'InternalError' }], endReason: 'idle' });
    expect(report.steps).toBe(1 + MOST_IDLE_STEPS);
    expect(bodies(one, 'dead')).toEqual(['task 1']);
    expect(await one.queue.receive('dead', 10, 30)).toHaveLength(1);
  });

  test('gets through a throttle that passes, partial or of whole calls', async () => {
    const one = world(30);
    one.queue.refuse('task 7', 'ThrottlingException');
    one.diesAt('send', 2);
    let steps = 0;
    const report = await run(one, () => {
      steps += 1;
      if (steps === 2) one.queue.refuse('task 7', undefined);
    });
    expect(report.failed).toEqual([]);
    expect(bodies(one, 'dead')).toEqual([]);
    expect(bodies(one, 'lane').sort()).toEqual(numbered(30).sort());
  });
});
