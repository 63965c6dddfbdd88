import { jestOutcome } from './jest-report.ts';

const assertion = (fullName: string, status: string, failureMessages: string[] = []) => ({
  fullName,
  status,
  failureMessages,
});
const suite = (assertionResults: object[], status = 'passed', message = '') => ({
  name: '/repository/a.test.ts',
  status,
  message,
  assertionResults,
});
const outcome = (...testResults: object[]) => jestOutcome(JSON.stringify({ testResults }));

describe('what Jest reports', () => {
  test('tests are counted by how they ended', () => {
    const failed = assertion('breaks', 'failed', [
      'Error: \u001b[31mno\u001b[39m\n    at x (node_modules/jest/y.js:1:1)',
    ]);
    expect(outcome(suite([assertion('works', 'passed'), failed], 'failed'))).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: [{ what: 'breaks', reason: 'Error: no' }],
      skips: [],
    });
  });

  test('a file that cannot be run is a failure, although it has no test', () => {
    expect(outcome(suite([], 'failed', 'Cannot find module x'))).toMatchObject({
      failed: 1,
      failures: [{ what: '/repository/a.test.ts', reason: 'Cannot find module x' }],
    });
  });

  test('a skip is told with the reason in its title', () => {
    expect(outcome(suite([assertion('works in a container (skipped: no Docker here)', 'pending')]))).toMatchObject({
      failed: 0,
      skipped: 1,
      skips: [{ what: 'works in a container', reason: 'no Docker here' }],
    });
  });

  test.each(['pending', 'todo'])('a test that is %s without a reason is a failure', (status) => {
    expect(outcome(suite([assertion('works', status)]))).toMatchObject({ failed: 1, skipped: 0 });
  });
});
