import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutAwsVariables } from '../environment/emulated-aws.ts';
import { Failure } from '../toolchain/failure.mjs';
import { ROOT } from '../toolchain/folders.mjs';
import { lastLines, run } from '../toolchain/run.mjs';
import type { Finding } from './finding.ts';

export type ToolRun = {
  readonly code: number;
  readonly stdout: string;
  /** The last lines of standard error, as one. */
  readonly complaint: string;
};

type ToolOptions = {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * Runs a tool and keeps its standard output, however long it is, apart from its standard error. No tool gets AWS
 * variables of the person who runs it: a check must not depend on them. Throws when the tool does not exist.
 */
export const runTool = async (
  command: string,
  args: readonly string[],
  { signal, cwd = ROOT, env = {} }: ToolOptions,
): Promise<ToolRun> => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-check-'));
  const file = join(folder, 'stdout');
  try {
    const result = await run('sh', ['-c', 'exec "$@" >"$0"', file, command, ...args], {
      cwd,
      signal,
      env: { ...withoutAwsVariables(), AWS_DEFAULT_REGION: 'us-east-1', ...env },
    });
    if (result.kind !== 'exited') throw new Failure(`${command} did not end by itself.`);
    if (result.code === 127) throw new Failure(`${command} cannot be run (${result.output.trim()}).`);
    return {
      code: result.code,
      stdout: readFileSync(file, 'utf8'),
      complaint: lastLines(result.output, 3).join(' '),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A tool that failed without saying where still makes the check fail. */
export const orComplaint = (
  findings: readonly Finding[],
  name: string,
  { code, complaint }: ToolRun,
): readonly Finding[] =>
  findings.length > 0 || code === 0
    ? findings
    : [{ file: name, reason: `ended with exit code ${code}: ${complaint || 'no message'}` }];
