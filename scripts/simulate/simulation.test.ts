import { readFileSync } from 'node:fs';
import { plannedChoices, seededChoices } from './choices.ts';
import { MUTATIONS, mutated } from './mutations.ts';
import { type Run, runPlan, runSeed } from './run-seed.ts';
import { kindOf, shrink } from './shrink.ts';
import { timelineFrom } from './timeline.ts';

const figuresOf = ({ figures, plan }: Run) => ({ figures, plan: [...plan] });

describe('a run', () => {
  test('is the same whenever its seed is run', async () => {
    expect(figuresOf(await runSeed(11))).toEqual(figuresOf(await runSeed(11)));
  });

  test('is the same when its choices are made again', async () => {
    const first = await runSeed(12);
    expect(figuresOf(await runPlan(first.plan))).toEqual(figuresOf(first));
  });

  test('makes requests and meets every kind of fault within a few seeds', async () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1)
      for (const [name, count] of Object.entries((await runSeed(seed)).figures)) if (count > 0) met.add(name);
    expect([...met]).toEqual(
      expect.arrayContaining(['breaker', 'called off', 'crash', 'delay', 'duplicate', 'loss', 'parked', 'pausedUntil']),
    );
    expect([...met]).toEqual(
      expect.arrayContaining(['reconciled', 'requests', 'slowSince', 'stall', 'sweep', 'throttle']),
    );
  });

  test('tells a story in the order of time', async () => {
    const { story } = await runPlan((await runSeed(5)).plan, true);
    const times = story.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(story.map(({ text }) => text)).toContainEqual(expect.stringMatching(/sends msg_\d+>ep_\w+#1/));
  });
});

describe('choices', () => {
  test('do not depend on which others were made', () => {
    const [one, other] = [seededChoices(3), seededChoices(3)];
    one.choose('answer', 'first', [0.5]);
    const labels = Array.from({ length: 50 }, (_, n) => `choice ${n}`);
    const draw = ({ choose }: typeof one) => labels.map((label) => choose('answer', label, [0.3, 0.3]));
    expect(draw(one)).toEqual(draw(other));
  });

  test('are as frequent as their odds say', () => {
    const { choose } = seededChoices(1);
    const drawn = Array.from({ length: 10_000 }, (_, n) => choose('answer', `choice ${n}`, [0.2, 0.1]));
    const share = (option: number) => drawn.filter((each) => each === option).length / drawn.length;
    expect(share(1)).toBeCloseTo(0.2, 1);
    expect(share(2)).toBeCloseTo(0.1, 1);
  });

  test('that are not planned harm nobody', () => {
    const { choose, taken } = plannedChoices(new Map([['this', 2]]));
    expect([choose('crash', 'this', [1]), choose('crash', 'that', [1])]).toEqual([2, 0]);
    expect([...taken]).toEqual([['this', 2]]);
  });
});

describe('shrinking', () => {
  /** Breaks when both of two choices are made, the second of them at least 2. */
  const broken = async (plan: Run['plan']): Promise<Run> => {
    const isBroken = plan.get('a') !== undefined && (plan.get('b') ?? 0) >= 2;
    return { broken: isBroken ? [`msg_${plan.size} is lost`] : [], plan, story: [], figures: {} };
  };

  test('leaves the choices that matter, as small as they may be', async () => {
    const noise = Array.from({ length: 40 }, (_, n) => [`noise ${n}`, 1] as const);
    const plan = new Map([...noise.slice(0, 13), ['a', 3], ...noise.slice(13, 31), ['b', 4], ...noise.slice(31)]);
    expect([...(await shrink(plan, 'msg_42 is lost', broken))]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('knows the same fault under other names', () => {
    expect(kindOf('msg_1>ep_2: attempt 3 was promised and never came')).toBe(
      kindOf('msg_7>ep_new1: attempt 2 was promised and never came'),
    );
    expect(kindOf('msg_1>ep_2: lost')).not.toBe(kindOf('msg_1>ep_2: given up'));
  });
});

test('time goes on in order, and in the order of asking where it stands still', () => {
  const timeline = timelineFrom(100);
  const happened: string[] = [];
  for (const [delay, name] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [1, 'b'],
    [9, 'e'],
  ] as const) {
    timeline.after(delay, () => void happened.push(`${name} ${timeline.now()}`));
  }
  while (timeline.step());
  expect(happened).toEqual(['a 101', 'b 101', 'c 105', 'd 105', 'e 109']);
});

test.each(MUTATIONS)('the mutation $name changes the code as it is now', (mutation) => {
  const source = readFileSync(mutation.file, 'utf8');
  expect(mutated(source, mutation)).not.toBe(source);
});

test('a mutation whose text is gone, or is not alone, is told of', () => {
  const mutation = { name: 'm', file: 'f.ts', text: 'a();', by: '' };
  expect(() => mutated('b();', mutation)).toThrow('mutation m: its text stands in f.ts 0 times, not once');
  expect(() => mutated('a(); a();', mutation)).toThrow('2 times');
});

test('every mutation has a name of its own', () => {
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
});
