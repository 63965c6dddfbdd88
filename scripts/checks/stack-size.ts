import { join, relative } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { programsOf } from '../toolchain/python-environments.mjs';
import type { Report } from './finding.ts';
import { orComplaint, runTool } from './tool.ts';

/** CloudFormation takes 500; a stack that comes near it cannot grow any more. */
export const RESOURCE_BUDGET = 120;

/** Counts the resources of each stack, after SAM has made versions, aliases and event sources of its functions. */
export const checkStackSizes = async (templates: readonly string[], signal: AbortSignal): Promise<Report> => {
  const script = join(import.meta.dirname, 'stack-size.py');
  const ran = await runTool(join(programsOf('sam'), 'python'), [script, ...templates], { signal });
  const problems = orComplaint([], 'scripts/checks/stack-size.py', ran);
  if (problems.length > 0) return { findings: problems };
  const sizes = Object.entries(JSON.parse(ran.stdout) as Record<string, number>);
  return stackSizeReport(sizes.map(([template, resources]) => ({ file: relative(ROOT, template), resources })));
};

/** Holds counts against the budget. */
export const stackSizeReport = (sizes: readonly { readonly file: string; readonly resources: number }[]): Report => ({
  findings: sizes
    .filter(({ resources }) => resources >= RESOURCE_BUDGET)
    .map(({ file, resources }) => ({
      file,
      reason: `${resources} resources: a stack has fewer than ${RESOURCE_BUDGET}`,
    })),
  notes: sizes.map(({ file, resources }) => `${file}: ${resources} resources`),
});
