import { globSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunction } from '../build-function.ts';
import { root } from '../bundle.ts';

/** A function as `sam build` makes it, with an environment in which it loads and reaches nothing. */
export type BuiltFunction = {
  readonly service: string;
  readonly name: string;
  readonly code: Buffer;
  /** The files beside it, by name: of a function that was split. */
  readonly parts: Readonly<Record<string, Buffer>>;
  /** What is loaded at the start, in one piece. */
  readonly start: Buffer;
  readonly environment: Record<string, string>;
};

/** Nobody listens there, so a call fails at once; one attempt, so that no back-off is measured. */
const NOWHERE = { AWS_ENDPOINT_URL: 'https://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };

/** Builds every function of every service's template; the handler's file has the function's name in kebab case. */
export const buildFunctions = async (): Promise<BuiltFunction[]> => {
  const found = await Promise.all(globSync('services/*/template.yaml', { cwd: root }).map(functionsOf));
  return Promise.all(
    found.flat().map(async ({ service, name, template }) => {
      const folder = await mkdtemp(join(tmpdir(), 'fanfare-build-'));
      const atStart = await buildFunction(service, name, folder);
      const { 'index.mjs': code = Buffer.alloc(0), ...parts } = await filesIn(folder);
      await rm(folder, { recursive: true });
      const start = Buffer.concat([code, ...atStart.flatMap((file) => parts[file] ?? [])]);
      return { service, name, code, parts, start, environment: { ...NOWHERE, ...variables(template) } };
    }),
  );
};

const filesIn = async (folder: string): Promise<Record<string, Buffer>> => {
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (file) => [file, await readFile(join(folder, file))])));
};

const functionsOf = async (file: string) => {
  const template = await readFile(join(root, file), 'utf8');
  const logicalIds = [...template.matchAll(/^ {2}(\w+):\n {4}Type: AWS::Serverless::Function$/gm)].map(
    (match) => match[1] ?? '',
  );
  return logicalIds.map((id) => ({ service: file.split('/')[1] ?? '', name: kebab(id), template }));
};

const kebab = (logicalId: string): string => logicalId.replace(/(?!^)([A-Z])/g, (letter) => `-${letter}`).toLowerCase();

const VARIABLE = /^ {10}([A-Z][A-Z0-9_]+):(?: !Ref (\w+)| !If \[\w+, [^,]+, "?([\w.]+)"?\]| "?([\w.]+)"?(?= |$))?/gm;

/**
 * Every variable that the template sets: with the value that stands there, its parameter's default, or one that is well-formed
 * and names nothing.
 */
const variables = (template: string): Record<string, string> => {
  const found = [...template.matchAll(VARIABLE)];
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const values = found.map(([, name = '', parameter = '', deployed, literal]) => [
    name,
    VALUE[name] ?? deployed ?? literal ?? defaultOf(parameter, template) ?? 'nothing',
  ]);
  return { ...Object.fromEntries(values), ...credentials };
};

const defaultOf = (parameter: string, template: string): string | undefined =>
  new RegExp(`^  ${parameter}:\n(?: {4}.*\n)*? {4}Default: (.+)$`, 'm').exec(template)?.[1]?.replaceAll("'", '');

const VALUE: Record<string, string> = {
  STAGE: 'local',
  ALLOWED_SUBNETS: 'none',
  HTTPS_ONLY: 'true',
  SEND_TIMEOUT_SECONDS: '15',
  SVIX_HEADERS: 'false',
  ALLOWED_DESTINATIONS: 'none',
  STRETCH_SECONDS: '600',
  AFTER_SECONDS: '900',
  OVERDUE_SECONDS: '900',
  TRUSTED_SENDERS: '{}',
  ENDPOINT_FAILING_LIMIT_SECONDS: '432000',
  LANE: 'webhook',
  PRESSURE:
    '{"breakerFailures":10,"breakerOpenSeconds":30,"breakerLongestSeconds":600,"slowMilliseconds":5000,"pauseSeconds":5,"drainRatePerSecond":50}',
  POWERTOOLS_METRICS_NAMESPACE: 'Fanfare',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_LOGGER_SAMPLE_RATE: '0',
};
