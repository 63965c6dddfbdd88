import { ROOT } from '../toolchain/folders.mjs';
import type { Finding, Report } from './finding.ts';
import { orComplaint, runTool } from './tool.ts';

/** `tsc` over everything. */
export const checkTypes = async (signal: AbortSignal): Promise<Report> => {
  const ran = await runTool('node_modules/.bin/tsc', ['-p', '.', '--pretty', 'false'], { signal, cwd: ROOT });
  return { findings: orComplaint(typeErrors(ran.stdout), 'tsc', ran) };
};

/** `file(line,column): error TSnnnn: reason`; indented lines go on with the reason. */
export const typeErrors = (stdout: string): readonly Finding[] =>
  stdout.split('\n').flatMap((line) => {
    const [, file, at, reason] = /^(\S.*?)\((\d+),\d+\): error (.+)$/.exec(line) ?? [];
    return file === undefined || reason === undefined ? [] : [{ file: `${file}:${at}`, reason }];
  });
