import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLayer } from '../build-layer.ts';
import type { BuiltFunction } from './built-functions.ts';
import type { ImportedFigures } from './imports-worker.ts';

/** What it took to import a generated file. */
export type ImportFigures = ImportedFigures & { readonly megabytes: number; readonly lineBytes: number };

/** Size of the file and of a line. */
const FILES = [
  { megabytes: 50, lineBytes: 1_000 },
  { megabytes: 50, lineBytes: 16_000 },
  { megabytes: 1_024, lineBytes: 16_000 },
] as const;

/**
 * Has the deployed bundle import generated files, each in a process of its own, as fast as it can. Table and bucket are a
 * process that answers at once and keeps nothing, so that the figures are the function's own.
 */
export const measureImports = async (
  functions: readonly BuiltFunction[],
  onProgress: (text: string) => void,
): Promise<readonly ImportFigures[]> => {
  const built = functions.find(({ name }) => name === 'import-file');
  if (built === undefined) throw new Error('there is no function import-file');
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-imports-'));
  try {
    await buildLayer(join(folder, 'layer'));
    await symlink(join(folder, 'layer/nodejs/node_modules'), join(folder, 'node_modules'));
    for (const [name, code] of Object.entries({ 'index.mjs': built.code, ...built.parts })) {
      await writeFile(join(folder, name), code);
    }
    const figures: ImportFigures[] = [];
    for (const file of FILES) {
      figures.push({ ...file, ...(await importOne(join(folder, 'index.mjs'), file)) });
      onProgress(`${file.megabytes} MB of lines of ${file.lineBytes} bytes imported`);
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const importOne = async (index: string, file: (typeof FILES)[number]): Promise<ImportedFigures> => {
  const server = fork(join(import.meta.dirname, 'imports-server.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const lines = Math.floor((file.megabytes * 1024 * 1024) / file.lineBytes);
    const port = await answerOf<number>(server, { bytes: lines * file.lineBytes, lineBytes: file.lineBytes });
    const worker = fork(join(import.meta.dirname, 'imports-worker.ts'), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: environment(port),
    });
    try {
      return await answerOf<ImportedFigures>(worker, index);
    } finally {
      worker.kill();
    }
  } finally {
    server.kill();
  }
};

const answerOf = <T>(child: ChildProcess, work: string | object): Promise<T> => {
  const answer = new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)));
  });
  child.send(work);
  return answer;
};

/** No limit to the rate, successes not logged, as for 99 of 100 invocations. */
const environment = (port: number) => ({
  PATH: process.env.PATH,
  STAGE: 'local',
  TABLE_NAME: 'main',
  PAYLOADS_BUCKET: 'payloads',
  IMPORTS_BUCKET: 'imports',
  RATE_PER_SECOND: '1000000',
  STRETCHES_PER_EXECUTION: '50',
  STRETCH_SECONDS: '600',
  REST_SECONDS: '70',
  TRACING: 'off',
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'ERROR',
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});
