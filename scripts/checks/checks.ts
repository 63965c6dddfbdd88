import { globSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { METRIC } from '@fanfare/core/telemetry/metric-names';
import accessLog from '../../terraform/access-log.json' with { type: 'json' };
import { PLATFORM_EXPORTS } from '../contract-names.ts';
import { templates as templateFiles } from '../samconfig.ts';
import { ROOT } from '../toolchain/folders.mjs';
import { checkBiome } from './biome.ts';
import { checkBundles } from './bundles.ts';
import { checkSecurity } from './checkov.ts';
import { parseTemplate, type Template } from './cloudformation.ts';
import { CONTRACT_FILE, type Contract, checkContract } from './contract.ts';
import { checkEventSources } from './event-sources.ts';
import { checkFailureStores } from './failure-stores.ts';
import type { Finding, Report } from './finding.ts';
import { checkFunctionShape } from './function-shape.ts';
import { checkObservability } from './observability.ts';
import { checkPermissions } from './permissions.ts';
import { checkQueries } from './queries.ts';
import { checkQueues } from './queues.ts';
import { checkRedrivenStores } from './redriven-stores.ts';
import { checkSamconfigs } from './samconfigs.ts';
import { checkStackSizes } from './stack-size.ts';
import { checkStateMachines } from './state-machines.ts';
import { checkStreamReaders } from './stream-readers.ts';
import { lintTemplates, validateTemplate } from './templates-lint.ts';
import {
  checkTerraformFormat,
  checkTerraformIsValid,
  prepareModule,
  readTerraformFacts,
  runTerraformTests,
} from './terraform-module.ts';
import { checkTypes } from './typescript.ts';

/** One rule of the repository, or one tool that knows many. */
export type Check = { readonly name: string; readonly run: (signal: AbortSignal) => Promise<Report> };

/** Every check, those that take longest first. */
export const allChecks = (): readonly Check[] => {
  const files = templateFiles();
  const terraform = once(prepareModule);
  const facts = once(async (signal) => readTerraformFacts(await terraform(signal), signal));
  return [
    { name: 'terraform-test', run: async (signal) => runTerraformTests(await terraform(signal), signal) },
    { name: 'queues', run: async (signal) => checkQueues(await facts(signal), readTemplates(files)) },
    {
      name: 'failure-stores',
      run: async (signal) => {
        const [made, templates] = [await facts(signal), readTemplates(files)];
        const report = checkFailureStores(made, templates);
        return { ...report, findings: [...report.findings, ...checkRedrivenStores(made, templates)] };
      },
    },
    { name: 'checkov', run: (signal) => checkSecurity(relativeToRoot(files), signal) },
    { name: 'sam-validate', run: (signal) => validateTemplates(files, signal) },
    { name: 'cfn-lint', run: (signal) => lintTemplates(relativeToRoot(files), signal) },
    { name: 'types', run: checkTypes },
    { name: 'biome', run: checkBiome },
    { name: 'bundles', run: async () => checkBundles(readTemplates(files)) },
    { name: 'stack-size', run: (signal) => checkStackSizes(relativeToRoot(files), signal) },
    { name: 'terraform-fmt', run: checkTerraformFormat },
    { name: 'terraform-validate', run: async (signal) => checkTerraformIsValid(await terraform(signal), signal) },
    {
      name: 'observability',
      run: async (signal) => checkObservability(await facts(signal), Object.values(METRIC), runbooks()),
    },
    { name: 'queries', run: async () => checkQueries(read('terraform/queries/*.txt'), loggable()) },
    { name: 'contract', run: async () => checkContract(readContract(), readTemplates(files)) },
    { name: 'samconfig', run: async () => checkSamconfigs(files) },
    { name: 'event-sources', run: async () => perTemplate(files, (one) => checkEventSources(one, contractKeys())) },
    {
      name: 'stream-readers',
      run: async () => ({ findings: checkStreamReaders(readTemplates(files), contractKeys()) }),
    },
    { name: 'permissions', run: async () => perTemplate(files, checkPermissions) },
    { name: 'state-machines', run: async () => perTemplate(files, checkStateMachines) },
    { name: 'function-shape', run: async () => perTemplate(files, checkFunctionShape) },
  ];
};

/** What several checks need is made once, by the first that asks. */
const once = <T>(make: (signal: AbortSignal) => Promise<T>): ((signal: AbortSignal) => Promise<T>) => {
  let made: Promise<T> | undefined;
  return (signal) => {
    made ??= make(signal);
    return made;
  };
};

const relativeToRoot = (files: readonly string[]): readonly string[] => files.map((file) => relative(ROOT, file));

const readTemplates = (files: readonly string[]): readonly Template[] =>
  files.map((file) => parseTemplate(relative(ROOT, file), readFileSync(file, 'utf8')));

const perTemplate = (files: readonly string[], check: (template: Template) => readonly Finding[]): Report => ({
  findings: readTemplates(files).flatMap(check),
});

const validateTemplates = async (files: readonly string[], signal: AbortSignal): Promise<Report> => {
  const findings: Finding[] = [];
  for (const file of files) findings.push(...(await validateTemplate(file, signal)));
  return { findings };
};

const readContract = (): Contract => JSON.parse(readFileSync(join(ROOT, CONTRACT_FILE), 'utf8')) as Contract;

const contractKeys = (): readonly string[] => [...Object.keys(readContract()), ...PLATFORM_EXPORTS];

const read = (pattern: string) =>
  globSync(pattern, { cwd: ROOT }).map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

const loggable = () => ({
  accessLog: Object.keys(accessLog),
  source: [...read('services/*/src/handlers/*.ts'), ...read('packages/core/src/telemetry/*.ts')]
    .map(({ text }) => text)
    .join('\n'),
});

const runbooks = (): readonly string[] =>
  globSync('docs/runbooks/*.md', { cwd: ROOT })
    .map((file) => basename(file, '.md'))
    .filter((name) => name !== 'README')
    .sort();
