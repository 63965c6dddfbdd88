import * as z from 'zod';
import type { Mention, Outcome } from './result.ts';

/** The parts of Jest's `--json` that are read here. */
const schema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

type Suite = z.infer<typeof schema>['testResults'][number];
type Assertion = Suite['assertionResults'][number];

const REASON = /\(skipped: (.+)\)$/;

/**
 * What a Jest run comes to. A file that could not be run is one failure. A skipped test says why at the end of its
 * title, as in `works (skipped: there is no Docker)`; one that does not is a failure.
 */
export const jestOutcome = (json: string): Outcome => {
  const suites = schema.parse(JSON.parse(json)).testResults;
  const tests = suites.flatMap((suite) => suite.assertionResults);
  const left = tests.filter(({ status }) => status === 'pending' || status === 'skipped' || status === 'todo');
  const explained = left.flatMap(({ fullName }) => {
    const reason = REASON.exec(fullName)?.[1];
    return reason === undefined ? [] : [{ what: fullName.replace(REASON, '').trim(), reason }];
  });
  const failures: Mention[] = [
    ...suites.filter(isBroken).map(({ name, message }) => ({ what: name, reason: plainText(message) })),
    ...tests.filter(({ status }) => status === 'failed').map(failureOf),
    ...left
      .filter(({ fullName }) => !REASON.test(fullName))
      .map(({ fullName }) => ({ what: fullName, reason: 'is skipped without a reason in its title' })),
  ];
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: failures.length,
    skipped: explained.length,
    failures,
    skips: explained,
  };
};

const isBroken = ({ status, assertionResults }: Suite): boolean =>
  status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed');

const failureOf = ({ fullName, failureMessages }: Assertion): Mention => ({
  what: fullName,
  reason: plainText(failureMessages.join('\n')),
});

/** Without colours, and without the frames of the test runner itself. */
const plainText = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a terminal is told about colours
    .replaceAll(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .filter((line) => !/^\s+at .*node_modules/.test(line))
    .join('\n')
    .trim();
