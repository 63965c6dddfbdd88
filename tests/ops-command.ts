import { execFile } from 'node:child_process';
import { basename, dirname, join } from 'node:path';

const OPS = join(import.meta.dirname, '../scripts/commands/ops.ts');

export type OpsResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type OpsRun = {
  /** As a machine that goes away does: nothing is ended in order. */
  readonly kill: () => void;
  readonly ended: Promise<OpsResult>;
};

/** Starts `npm run ops -- ...` against the environment under test, as an operator does. */
export const startOps = (...args: readonly string[]): OpsRun => {
  const environment = basename(dirname(process.env.FANFARE_ENVIRONMENT ?? ''));
  const ended = Promise.withResolvers<OpsResult>();
  const child = execFile(
    process.execPath,
    [OPS, ...args, '--env', environment],
    { env: { ...process.env, NODE_OPTIONS: '' } },
    (error, stdout, stderr) =>
      ended.resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
  );
  return { kill: () => void child.kill('SIGKILL'), ended: ended.promise };
};

/** Runs such a command to its end. */
export const ops = (...args: readonly string[]): Promise<OpsResult> => startOps(...args).ended;

/** The result of a command that has to succeed. */
export const opsJson = async <T>(...args: readonly string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await ops(...args, '--json');
  if (exitCode !== 0) throw new Error(`ops ${args.join(' ')}: exit code ${exitCode}\n${stderr}`);
  return JSON.parse(stdout) as T;
};
