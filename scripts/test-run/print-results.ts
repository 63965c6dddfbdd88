import type { Mention, RunnerResult } from './result.ts';

const COLUMNS = ['passed', 'failed', 'skipped'] as const;

/** What failed and what was skipped, a table of the runners, and the closing line, which adds them up. */
export const resultLines = (results: readonly RunnerResult[]): readonly string[] => [
  ...results.flatMap(({ name, failures }) => mentions(`Failed in ${name}:`, failures)),
  ...results.flatMap(({ name, skips }) => mentions(`Skipped in ${name}:`, skips)),
  '',
  `${'runner'.padEnd(18)}${COLUMNS.map((column) => column.padStart(9)).join('')}${'seconds'.padStart(10)}`,
  ...results.map(
    (result) =>
      `${result.name.padEnd(18)}${COLUMNS.map((column) => String(result[column]).padStart(9)).join('')}${(result.milliseconds / 1000).toFixed(1).padStart(10)}`,
  ),
  '',
  closingLine(results),
];

/** `N passed, N failed, N skipped`. */
export const closingLine = (results: readonly RunnerResult[]): string =>
  COLUMNS.map((column) => `${results.reduce((sum, result) => sum + result[column], 0)} ${column}`).join(', ');

const mentions = (title: string, list: readonly Mention[]): readonly string[] =>
  list.length === 0
    ? []
    : [
        '',
        title,
        ...list.flatMap(({ what, reason }) => {
          const [first = '', ...rest] = reason.split('\n');
          return [`  ${what}: ${first}`, ...rest.map((line) => `      ${line}`)];
        }),
      ];
