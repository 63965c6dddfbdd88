import { execFile } from 'node:child_process';
import { basename, dirname, join } from 'node:path';

const OPS = join(import.meta.dirname, '../scripts/commands/ops.ts');

export type OpsResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs `npm run ops -- ...` against the environment under test, as an operator does. */
export const ops = (...args: readonly string[]): Promise<OpsResult> =>
  new Promise((resolve) => {
    const environment = basename(dirname(process.env.FANFARE_ENVIRONMENT ?? ''));
    execFile(
      process.execPath,
      [OPS, ...args, '--env', environment],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) =>
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });

/** The result of a command that has to succeed. */
export const opsJson = async <T>(...args: readonly string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await ops(...args, '--json');
  if (exitCode !== 0) throw new Error(`ops ${args.join(' ')}: exit code ${exitCode}\n${stderr}`);
  return JSON.parse(stdout) as T;
};
