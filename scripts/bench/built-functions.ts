import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildFunction } from '../build-function.ts';
import { root } from '../bundle.ts';

/** A function as `sam build` makes it, with an environment in which it loads and reaches nothing. */
export type BuiltFunction = {
  readonly service: string;
  readonly name: string;
  readonly code: Buffer;
  readonly environment: Record<string, string>;
};

/** Nobody listens there, so a call fails at once; one attempt, so that no back-off is measured. */
const NOWHERE = { AWS_ENDPOINT_URL: 'https://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };

/** Builds every function of every service: a handler file is a function. */
export const buildFunctions = async (): Promise<BuiltFunction[]> => {
  const handlers = globSync('services/*/src/handlers/*.ts', { cwd: root }).filter((file) => !file.includes('.test.'));
  return Promise.all(
    handlers.map(async (file) => {
      const service = file.split('/')[1] ?? '';
      const name = basename(file, '.ts');
      const folder = await mkdtemp(join(tmpdir(), 'fanfare-build-'));
      await buildFunction(service, name, folder);
      const code = await readFile(join(folder, 'index.mjs'));
      await rm(folder, { recursive: true });
      return { service, name, code, environment: { ...NOWHERE, ...(await variables(service, name)) } };
    }),
  );
};

/** Every variable that the function's template sets, with a value that is well-formed and names nothing. */
const variables = async (service: string, name: string): Promise<Record<string, string>> => {
  const template = await readFile(join(root, 'services', service, 'template.yaml'), 'utf8');
  const names = [...template.matchAll(/^ {10}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1] ?? '');
  if (names.length === 0) throw new Error(`${dirname(name)}: no variables in the template`);
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  return { ...Object.fromEntries(names.map((each) => [each, VALUE[each] ?? 'nothing'])), ...credentials };
};

const VALUE: Record<string, string> = {
  STAGE: 'local',
  TRACING: 'off',
  ALLOWED_SUBNETS: 'none',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_LOGGER_SAMPLE_RATE: '0',
};
