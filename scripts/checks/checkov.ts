import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { programsOf } from '../toolchain/python-environments.mjs';
import type { Finding, Report } from './finding.ts';
import { at, type Json, listOf } from './json.ts';
import { orComplaint, runTool } from './tool.ts';

/** A list of skipped checks would hide what it skips; a suppression stands at its resource and says why. */
const SKIP_LISTS = ['.checkov.yaml', '.checkov.yml', 'terraform/.checkov.yaml', 'terraform/.checkov.yml'];
const FEWEST_WORDS = 5;

/** Checkov over Terraform and the templates. Every suppression must carry a sentence; their number is told. */
export const checkSecurity = async (templates: readonly string[], signal: AbortSignal): Promise<Report> => {
  const program = join(programsOf('lint'), 'checkov');
  const common = ['--output', 'json', '--compact', '--skip-download'];
  const runs = await Promise.all([
    runTool(program, ['--directory', 'terraform', '--framework', 'terraform', ...common], { signal }),
    runTool(program, [...templates.flatMap((file) => ['--file', file]), '--framework', 'cloudformation', ...common], {
      signal,
    }),
  ]);
  const reports = runs.map((ran, index) => {
    const report = ran.stdout.trim().startsWith('{') ? (JSON.parse(ran.stdout) as Json) : null;
    const read = checkovReport(report, index === 0 ? 'terraform' : '');
    return { ...read, findings: orComplaint(read.findings, 'checkov', ran) };
  });
  const suppressed = reports.reduce((sum, report) => sum + report.suppressed, 0);
  return {
    findings: [
      ...reports.flatMap(({ findings }) => findings),
      ...SKIP_LISTS.filter((file) => existsSync(join(ROOT, file))).map((file) => ({
        file,
        reason: 'is a list of skipped checks: suppress a check at its resource, with the reason',
      })),
    ],
    notes: [
      `${reports.reduce((sum, { passed }) => sum + passed, 0)} passed, ${suppressed} suppressed, each with its reason`,
    ],
  };
};

/** What one report of Checkov comes to. `folder` is where its paths begin. */
export const checkovReport = (
  report: Json,
  folder: string,
): { findings: readonly Finding[]; passed: number; suppressed: number } => {
  const where = (result: Json): string =>
    `${join(folder, String(at(result, 'file_path')))}:${String(listOf(at(result, 'file_line_range'))[0])}`.replace(
      /^\//,
      '',
    );
  const results = at(report, 'results');
  const suppressed = listOf(at(results, 'skipped_checks'));
  return {
    findings: [
      ...listOf(at(results, 'failed_checks')).map((result) => ({
        file: where(result),
        reason: `${String(at(result, 'check_id'))}: ${String(at(result, 'check_name'))} (${String(at(result, 'resource'))})`,
      })),
      ...suppressed
        .filter((result) => !isSentence(at(result, 'check_result', 'suppress_comment')))
        .map((result) => ({
          file: where(result),
          reason: `${String(at(result, 'check_id'))} is suppressed without a sentence that says why`,
        })),
      ...listOf(at(results, 'parsing_errors')).map((file) => ({
        file: String(file),
        reason: 'cannot be read by Checkov',
      })),
    ],
    passed: Number(at(report, 'summary', 'passed') ?? 0),
    suppressed: suppressed.length,
  };
};

const isSentence = (comment: Json | undefined): boolean =>
  typeof comment === 'string' && comment.trim().split(/\s+/).length >= FEWEST_WORDS && /[.!]$/.test(comment.trim());
