import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildLayer } from '../build-layer.ts';
import type { BuiltFunction } from './built-functions.ts';
import { median } from './median.ts';

const run = promisify(execFile);
const RUNS = 21;

export type InitTime = { readonly name: string; readonly medianMs: number; readonly ratio: number };

/**
 * How long a process takes from its start until the handler is loaded, the median of 21 runs each, as a ratio to a
 * handler that imports nothing. The runs take turns, so that a busy machine slows all of them alike. Functions that read
 * from AWS in their init phase find nobody there and go on: the ratio is of loading, not of a network.
 */
export const measureInitTimes = async (functions: readonly BuiltFunction[]): Promise<InitTime[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-init-'));
  try {
    await buildLayer(join(folder, 'layer'));
    await symlink(join(folder, 'layer/nodejs/node_modules'), join(folder, 'node_modules'));
    const bare = join(folder, 'bare.mjs');
    await writeFile(bare, 'export const handler = async () => undefined;\n');
    const subjects = [{ name: 'bare handler', file: bare, environment: {} }, ...(await copied(functions, folder))];
    const times = subjects.map((): number[] => []);
    for (let turn = 0; turn < RUNS; turn += 1) {
      for (const [index, subject] of subjects.entries()) times[index]?.push(await loadMs(subject));
    }
    const bareMs = median(times[0] ?? []);
    return subjects.map(({ name }, index) => {
      const medianMs = median(times[index] ?? []);
      return { name, medianMs, ratio: medianMs / bareMs };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

type Subject = { readonly name: string; readonly file: string; readonly environment: Record<string, string> };

/** Beside the layer's node_modules, where an import by bare name finds it, as on Lambda. */
const copied = async (functions: readonly BuiltFunction[], folder: string): Promise<Subject[]> =>
  Promise.all(
    functions.map(async ({ name, code, parts, environment }) => {
      const own = join(folder, name);
      await mkdir(own);
      const files = Object.entries({ ...parts, 'index.mjs': code });
      await Promise.all(files.map(([file, contents]) => writeFile(join(own, file), contents)));
      return { name, file: join(own, 'index.mjs'), environment };
    }),
  );

const loadMs = async ({ file, environment }: Subject): Promise<number> => {
  const started = process.hrtime.bigint();
  await run(
    process.execPath,
    ['--input-type=module', '-e', `await import(${JSON.stringify(file)}); process.exit(0);`],
    {
      env: { ...environment, PATH: process.env.PATH },
    },
  );
  return Number(process.hrtime.bigint() - started) / 1e6;
};
