import { findingLines, summaryLines } from './print-checks.ts';
import { runChecks } from './run-checks.ts';

const options = { onStep: () => {}, signal: new AbortController().signal };
const finding = { file: 'a.ts:1', reason: 'is wrong' };

describe('running checks', () => {
  test('each check is told in the order of the list, however long it takes', async () => {
    const results = await runChecks(
      [
        { name: 'slow', run: async () => new Promise((resolve) => setImmediate(() => resolve({ findings: [] }))) },
        { name: 'broken', run: async () => ({ findings: [finding] }) },
        { name: 'counting', run: async () => ({ findings: [], passed: 4, failed: 0 }) },
      ],
      options,
    );
    expect(results.map(({ name, passed, failed }) => [name, passed, failed])).toEqual([
      ['slow', 1, 0],
      ['broken', 0, 1],
      ['counting', 4, 0],
    ]);
  });

  test('a check that cannot run fails with its reason, and the others go on', async () => {
    const results = await runChecks(
      [
        { name: 'missing', run: () => Promise.reject(new Error('no such tool')) },
        { name: 'good', run: async () => ({ findings: [] }) },
      ],
      options,
    );
    expect(results.map(({ findings }) => findings)).toEqual([[{ file: 'check missing', reason: 'no such tool' }], []]);
  });

  test('an interrupted run ends with the interruption', async () => {
    const controller = new AbortController();
    const run = async () => {
      controller.abort(new Error('interrupted'));
      return { findings: [] };
    };
    await expect(runChecks([{ name: 'any', run }], { ...options, signal: controller.signal })).rejects.toThrow(
      'interrupted',
    );
  });

  test('every finding is printed as one line with its file and reason', async () => {
    const results = await runChecks(
      [{ name: 'broken', run: async () => ({ findings: [finding], notes: ['a note'] }) }],
      options,
    );
    expect(findingLines(results)).toContain('  a.ts:1: is wrong');
    expect(summaryLines(results)).toContain('  a note');
  });
});
