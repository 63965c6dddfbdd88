import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { initTerraform } from '../environment/terraform.ts';
import { ROOT, STATE_FOLDER } from '../toolchain/folders.mjs';
import { runOrFail } from '../toolchain/run.mjs';
import type { Finding, Report } from './finding.ts';
import { at, type Json, listOf } from './json.ts';
import { factsOf, type TerraformFacts } from './terraform-facts.ts';
import { runTool } from './tool.ts';

const TESTS = join(ROOT, 'terraform/tests');
const FACTS_FOLDER = 'facts';

/** An initialised copy of the root module, with its tests and the run that the facts come from. */
export const prepareModule = async (signal: AbortSignal): Promise<string> => {
  const folder = await initTerraform(join(STATE_FOLDER, 'checks'), signal);
  // The tests look for the runbooks where they are seen from terraform/.
  const docs = join(folder, '..', 'docs');
  rmSync(docs, { force: true });
  symlinkSync(join(ROOT, 'docs'), docs);
  if (existsSync(TESTS)) cpSync(TESTS, join(folder, 'tests'), { recursive: true });
  mkdirSync(join(folder, FACTS_FOLDER), { recursive: true });
  cpSync(join(ROOT, 'scripts/checks/facts.tftest.hcl'), join(folder, FACTS_FOLDER, 'facts.tftest.hcl'));
  // The tests call modules of their own, which the copy was initialised without.
  await runOrFail("'terraform get' failed", 'terraform', ['get', '-no-color'], { cwd: folder, signal });
  return folder;
};

/** `terraform fmt` over the sources themselves. */
export const checkTerraformFormat = async (signal: AbortSignal): Promise<Report> => {
  const { stdout } = await runTool('terraform', ['fmt', '-check', '-recursive', 'terraform', 'scripts/checks'], {
    signal,
  });
  const files = stdout.split('\n').filter((line) => line !== '');
  return { findings: files.map((file) => ({ file, reason: 'is not formatted: run `terraform fmt -recursive`' })) };
};

/** `terraform validate` of the whole module. */
export const checkTerraformIsValid = async (folder: string, signal: AbortSignal): Promise<Report> => {
  const { stdout } = await runTool('terraform', ['validate', '-json'], { signal, cwd: folder });
  return { findings: listOf(at(JSON.parse(stdout) as Json, 'diagnostics')).map(diagnosticFinding) };
};

/** `terraform test`, with a mocked provider. Counts one passed or failed for each run of a test file. */
export const runTerraformTests = async (
  folder: string,
  signal: AbortSignal,
): Promise<Report & { passed: number; failed: number }> => {
  const { stdout } = await runTool('terraform', ['test', '-json', '-no-color'], { signal, cwd: folder });
  const { summary, findings } = testResultOf(events(stdout));
  const count = (name: string): number => Number(at(summary, name) ?? 0);
  const [passed, failed, skipped] = [count('passed'), count('failed') + count('errored'), count('skipped')];
  return {
    passed,
    failed,
    findings:
      skipped === 0 ? findings : [...findings, { file: 'terraform/tests', reason: `${skipped} runs were skipped` }],
    notes: [`${passed} runs passed, ${failed} failed`],
  };
};

/** What Terraform makes when it is applied. Throws when the mocked apply fails, with its first diagnostic. */
export const readTerraformFacts = async (folder: string, signal: AbortSignal): Promise<TerraformFacts> => {
  const args = ['test', '-json', '-verbose', '-no-color', `-test-directory=${FACTS_FOLDER}`];
  const { stdout, complaint } = await runTool('terraform', args, { signal, cwd: folder });
  const printed = events(stdout);
  const state = printed.find((event) => at(event, 'type') === 'test_state');
  const [problem] = testResultOf(printed).findings;
  if (state === undefined || problem !== undefined) {
    throw new Error(`the mocked apply of scripts/checks/facts.tftest.hcl failed: ${problem?.reason ?? complaint}`);
  }
  return factsOf(at(state, 'test_state') ?? null);
};

/** Terraform prints one JSON object a line. */
const events = (stdout: string): readonly Json[] =>
  stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Json] : []));

/** The counts and the errors of a `terraform test -json`. */
export const testResultOf = (printed: readonly Json[]): { summary: Json | undefined; findings: readonly Finding[] } => {
  const summary = printed.map((event) => at(event, 'test_summary')).find((found) => found !== undefined);
  const errors = printed
    .filter((event) => at(event, 'type') === 'diagnostic' && at(event, '@level') === 'error')
    .map((event) => {
      const finding = diagnosticFinding(at(event, 'diagnostic') ?? null);
      const test = at(event, '@testrun');
      return test === undefined ? finding : { ...finding, reason: `run "${String(test)}": ${finding.reason}` };
    });
  const isProof = at(summary, 'status') === 'pass' && Number(at(summary, 'passed') ?? 0) > 0;
  if (errors.length > 0 || isProof) return { summary, findings: errors };
  return {
    summary,
    findings: [{ file: 'terraform/tests', reason: 'terraform test ran nothing, or failed without saying why' }],
  };
};

const diagnosticFinding = (diagnostic: Json): Finding => {
  const [file, line] = [at(diagnostic, 'range', 'filename'), at(diagnostic, 'range', 'start', 'line')];
  const where = file === undefined ? 'terraform' : `terraform/${String(file)}:${String(line)}`;
  return { file: where, reason: `${String(at(diagnostic, 'summary'))}: ${String(at(diagnostic, 'detail') ?? '')}` };
};
