import { join, relative } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { programsOf } from '../toolchain/python-environments.mjs';
import type { Finding, Report } from './finding.ts';
import { at, type Json, listOf } from './json.ts';
import { orComplaint, runTool } from './tool.ts';

/** `sam validate --lint` of one template: what SAM makes of it has to be a template that CloudFormation takes. */
export const validateTemplate = async (template: string, signal: AbortSignal): Promise<readonly Finding[]> => {
  const args = ['validate', '--lint', '--template', template, '--region', 'us-east-1'];
  const ran = await runTool(join(programsOf('sam'), 'sam'), args, { signal });
  return orComplaint(samFindings(relative(ROOT, template), ran.stdout), relative(ROOT, template), ran);
};

/** SAM prints what cfn-lint matched as a list of `[rule: name] (reason) matched line`. */
export const samFindings = (file: string, stdout: string): readonly Finding[] =>
  [...stdout.matchAll(/\[([EWI]\d+): ([^\]]*)\] \((.*?)\) matched (\d+)/g)].map(([, rule, , reason, line]) => ({
    file: `${file}:${line}`,
    reason: `${rule}: ${reason}`,
  }));

/** cfn-lint over the templates as they are written. Warnings count. */
export const lintTemplates = async (templates: readonly string[], signal: AbortSignal): Promise<Report> => {
  const program = join(programsOf('lint'), 'cfn-lint');
  const ran = await runTool(program, ['--format', 'json', '--regions', 'us-east-1', '--', ...templates], { signal });
  const matches = ran.stdout.trim() === '' ? [] : listOf(JSON.parse(ran.stdout) as Json);
  const findings = matches.map((match) => ({
    file: `${relative(ROOT, String(at(match, 'Filename')))}:${String(at(match, 'Location', 'Start', 'LineNumber'))}`,
    reason: `${String(at(match, 'Rule', 'Id'))}: ${String(at(match, 'Message'))}`,
  }));
  return { findings: orComplaint(findings, 'cfn-lint', ran) };
};
