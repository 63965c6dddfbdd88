import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { root } from './bundle.ts';
import { PLATFORM_EXPORTS, parameterName, parameterPath } from './contract-names.ts';

/** The stages that a plain `sam deploy --config-env <stage>` knows. */
export const STAGES = ['local', 'dev', 'prod'] as const;

/** What a stage sets besides its imports. Only parameters that a template has are passed to it. */
const SETTINGS: Record<(typeof STAGES)[number], Record<string, string>> = {
  // A small file takes its time, so that a test can stop it half way.
  local: { LogSampleRate: '1', ImportLinesPerSecond: '50' },
  dev: {},
  prod: {},
};

type Template = { readonly Parameters?: Record<string, { readonly Type: string }> };

const contractKeys = (): string[] => [
  ...Object.keys(JSON.parse(readFileSync(join(root, 'terraform/contract.json'), 'utf8')) as object),
  ...PLATFORM_EXPORTS,
];

/** The text of the samconfig.toml that belongs to a template. Throws for an import that nobody exports. */
export const samconfigOf = (templateFile: string): string => {
  // Only the parameters matter here, and they hold no CloudFormation tags.
  const { Parameters = {} } = parse(readFileSync(templateFile, 'utf8'), { logLevel: 'silent' }) as Template;
  const service = dirname(templateFile) === root ? 'platform' : dirname(templateFile).split('/').at(-1);
  const keys = new Map(contractKeys().map((key) => [parameterName(key), key]));
  const overrideOf = (stage: (typeof STAGES)[number], name: string, type: string): string | undefined => {
    if (name === 'Stage') return stage;
    if (!type.startsWith('AWS::SSM::Parameter::Value')) return SETTINGS[stage][name];
    const key = keys.get(name);
    if (key === undefined) throw new Error(`${templateFile}: nobody exports ${name}`);
    return parameterPath(stage, key);
  };
  const deploy = (stage: (typeof STAGES)[number]): string =>
    [
      `[${stage}.deploy.parameters]`,
      `stack_name = "fanfare-${stage}-${service}"`,
      'resolve_s3 = true',
      `s3_prefix = "fanfare-${stage}-${service}"`,
      'capabilities = "CAPABILITY_IAM"',
      'fail_on_empty_changeset = false',
      'parameter_overrides = [',
      ...Object.entries(Parameters).flatMap(([name, { Type }]) => {
        const value = overrideOf(stage, name, Type);
        return value === undefined ? [] : [`  "${name}=${value}",`];
      }),
      ']',
    ].join('\n');
  return `${[
    '# Written by `npm run samconfig` from the parameters of template.yaml; `npm run check` tells when it is stale.',
    'version = 0.1',
    '',
    '[default.build.parameters]',
    'build_in_source = true',
    '',
    '[default.validate.parameters]',
    'lint = true',
    '',
    STAGES.map(deploy).join('\n\n'),
  ].join('\n')}\n`;
};

/** Every template of the repository: the platform's and each service's. */
export const templates = (): string[] => [
  join(root, 'template.yaml'),
  ...globSync('services/*/template.yaml', { cwd: root }).map((file) => join(root, file)),
];

export const samconfigFile = (templateFile: string): string => join(dirname(templateFile), 'samconfig.toml');

/** Writes every samconfig.toml. Returns those that changed. */
export const writeSamconfigs = (): string[] =>
  templates().filter((template) => {
    const [file, text] = [samconfigFile(template), samconfigOf(template)];
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
    writeFileSync(file, text);
    return true;
  });
