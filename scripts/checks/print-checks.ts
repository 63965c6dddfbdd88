import { findingLine } from './finding.ts';
import type { CheckResult } from './run-checks.ts';

/** What the checks tell whatever they found: their notes, and a table. */
export const summaryLines = (results: readonly CheckResult[]): readonly string[] => [
  ...results.flatMap(({ name, notes = [] }) => (notes.length === 0 ? [] : ['', `${name}:`, ...notes.map(indented)])),
  '',
  `${'check'.padEnd(24)}${'seconds'.padStart(9)}${'findings'.padStart(10)}`,
  ...results.map(
    ({ name, milliseconds, findings }) =>
      `${name.padEnd(24)}${(milliseconds / 1000).toFixed(1).padStart(9)}${String(findings.length || '-').padStart(10)}`,
  ),
];

/** Everything that was found, each finding as one line. */
export const findingLines = (results: readonly CheckResult[]): readonly string[] =>
  results.flatMap(({ name, findings }) =>
    findings.length === 0 ? [] : ['', `${name} found:`, ...findings.map(findingLine).map(indented)],
  );

const indented = (line: string): string => `  ${line}`;
