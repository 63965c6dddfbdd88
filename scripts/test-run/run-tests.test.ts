import type { WiredEnvironment } from '../chaos/wired-environment.ts';
import { chosenRows } from './choice.ts';
import { closingLine, resultLines } from './print-results.ts';
import { emptyOutcome, type Outcome, skippedRunner } from './result.ts';
import { runTests, type TestRunOptions } from './run-tests.ts';
import { RUNNERS, type Runner } from './runners.ts';

const runner = (name: string, outcome: Partial<Outcome>, needsEnvironment = false): Runner => ({
  name,
  needsEnvironment,
  run: async () => ({ ...emptyOutcome, ...outcome }),
});

/** A start that counts, and an environment that tells when it is stopped. */
const fakeStart = () => {
  const happened: string[] = [];
  const start = async (): Promise<WiredEnvironment> => {
    happened.push('started');
    return { stop: async () => void happened.push('stopped') } as unknown as WiredEnvironment;
  };
  return { happened, start };
};

const options = (more: Partial<TestRunOptions> = {}): TestRunOptions => ({
  signal: new AbortController().signal,
  onStep: () => {},
  tell: () => {},
  start: fakeStart().start,
  ...more,
});

describe('a test run', () => {
  test('ends with one line that adds up every runner', async () => {
    const rows = [
      [runner('check', { passed: 40 }), runner('cli', { passed: 3, failed: 1 })],
      [runner('unit', { passed: 500, skipped: 2 })],
    ];
    const results = await runTests(rows, options());
    expect(resultLines(results).at(-1)).toBe('543 passed, 1 failed, 2 skipped');
  });

  test('tells every failure and every skip with its reason', async () => {
    const failures = [{ what: 'a promise', reason: 'was broken\nin line 3' }];
    const skipping: Runner = { ...runner('invoke', {}), run: async () => skippedRunner('containers', 'no engine') };
    const results = await runTests([[runner('unit', { failed: 1, failures }), skipping]], options());
    expect(resultLines(results)).toEqual(
      expect.arrayContaining(['  a promise: was broken', '      in line 3', '  containers: no engine']),
    );
  });

  test('starts no environment when nobody needs one', async () => {
    const { happened, start } = fakeStart();
    await runTests([[runner('unit', { passed: 1 })]], options({ start }));
    expect(happened).toEqual([]);
  });

  test('stops its environment after the last test, and after one that broke off', async () => {
    const { happened, start } = fakeStart();
    const broken: Runner = { ...runner('e2e', {}, true), run: () => Promise.reject(new Error('gone')) };
    const results = await runTests([[broken, runner('invoke', { passed: 1 }, true)]], options({ start }));
    expect(happened).toEqual(['started', 'stopped']);
    expect(closingLine(results)).toBe('1 passed, 1 failed, 0 skipped');
  });

  test('fails what needs an environment that could not be started, and still runs the rest', async () => {
    const start = () => Promise.reject(new Error('the port is taken'));
    const rows = [
      [runner('unit', { passed: 5 })],
      [runner('emulator', { passed: 1 }, true), runner('e2e', { passed: 1 }, true)],
    ];
    const results = await runTests(rows, options({ start }));
    expect(closingLine(results)).toBe('5 passed, 2 failed, 0 skipped');
    expect(resultLines(results)).toContain('  e2e: the port is taken');
  });

  test('stops its environment when it is interrupted', async () => {
    const { happened, start } = fakeStart();
    const controller = new AbortController();
    const interrupting: Runner = {
      ...runner('e2e', {}, true),
      run: async () => {
        controller.abort(new Error('interrupted'));
        return emptyOutcome;
      },
    };
    const run = runTests([[interrupting, runner('invoke', {})]], options({ start, signal: controller.signal }));
    await expect(run).rejects.toThrow('interrupted');
    expect(happened).toEqual(['started', 'stopped']);
  });
});

/** Runners that write down when they begin and end, some milliseconds later. */
const diary = () => {
  const lines: string[] = [];
  const noted = (name: string, after: readonly string[] = [], milliseconds = 5): Runner => ({
    ...{ name, after, needsEnvironment: false },
    run: async () => {
      lines.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      lines.push(`${name} ends`);
      return emptyOutcome;
    },
  });
  return { lines, noted };
};

describe('a runner that comes after one of another row', () => {
  test('begins when that has ended, also where it breaks off', async () => {
    for (const isBroken of [false, true]) {
      const { lines, noted } = diary();
      const first = noted('e2e');
      const run: Runner['run'] = async (context) => {
        await first.run(context);
        if (isBroken) throw new Error('gone');
        return emptyOutcome;
      };
      await runTests([[noted('invoke', ['e2e'])], [noted('unit'), { ...first, run }]], options());
      expect(lines.indexOf('invoke begins')).toBeGreaterThan(lines.indexOf('e2e ends'));
    }
  });

  test('waits for none that was not chosen', async () => {
    const { lines, noted } = diary();
    await runTests(chosenRows([[noted('invoke', ['e2e'])], [noted('e2e')]], 'invoke'), options());
    expect(lines).toEqual(['invoke begins', 'invoke ends']);
  });

  test('does not begin, and holds up nobody, when the run is interrupted meanwhile', async () => {
    const { lines, noted } = diary();
    const controller = new AbortController();
    const interrupting: Runner = {
      ...runner('unit', {}),
      run: async () => {
        controller.abort(new Error('interrupted'));
        return emptyOutcome;
      },
    };
    const rows = [[noted('invoke', ['e2e'])], [interrupting, noted('e2e')]];
    await expect(runTests(rows, options({ signal: controller.signal }))).rejects.toThrow('interrupted');
    expect(lines).toEqual([]);
  });
});

describe('the rows of `npm test`', () => {
  const names = RUNNERS.flat().map(({ name }) => name);

  test('come to an end: nobody waits for somebody who waits for him', async () => {
    const { lines, noted } = diary();
    await runTests(
      RUNNERS.map((row) => row.map(({ name, after }) => noted(name, after))),
      options(),
    );
    expect(lines).toHaveLength(2 * names.length);
  });

  test('name only runners that there are', () => {
    expect(names).toEqual(expect.arrayContaining(RUNNERS.flat().flatMap(({ after = [] }) => [...after])));
  });

  test('inject faults when nobody calls a deployed function any more', async () => {
    const { lines, noted } = diary();
    await runTests(
      RUNNERS.map((row) => row.map(({ name, after }) => noted(name, after, name === 'cli' ? 60 : 5))),
      options(),
    );
    const before = lines.slice(0, lines.indexOf('chaos begins'));
    expect(before).toEqual(expect.arrayContaining(['cli ends', 'emulator ends', 'e2e ends']));
  });
});

describe('the choice of runners', () => {
  const rows = [[runner('check', {}), runner('cli', {})], [runner('unit', {})]];

  test('without a choice everything runs', () => {
    expect(chosenRows(rows, undefined)).toBe(rows);
  });

  test('what is named runs', () => {
    expect(chosenRows(rows, 'unit, check').map((row) => row.map(({ name }) => name))).toEqual([['check'], ['unit']]);
  });

  test('a name that is none is answered with the names there are', () => {
    expect(() => chosenRows(rows, 'units')).toThrow("There is no runner 'units': the runners are check, cli, unit.");
  });
});
