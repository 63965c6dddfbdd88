import { PLATFORM_EXPORTS, parameterName } from '../contract-names.ts';
import type { Template } from './cloudformation.ts';
import type { Finding, Report } from './finding.ts';
import { importsOf, keyOf, SSM_TYPE } from './imports.ts';
import { at } from './json.ts';

/** terraform/contract.json: what Terraform exports, and for whom an export waits that nobody imports yet. */
export type Contract = Readonly<Record<string, { readonly description?: string; readonly waitsFor?: string }>>;

export const CONTRACT_FILE = 'terraform/contract.json';
const KEY = /^[a-z]+(-[a-z]+)*(\/[a-z]+(-[a-z]+)*)+$/;

/** Holds the exports against the imports, in both directions. `templates` includes the platform stack's. */
export const checkContract = (contract: Contract, templates: readonly Template[]): Report => {
  const published = templates.flatMap(publishedKeys);
  const exported = [
    ...Object.keys(contract).map((key) => ({ key, file: CONTRACT_FILE })),
    ...published.map(({ key, file }) => ({ key, file })),
  ];
  const imported = new Set(templates.flatMap(importsOf));
  const waiting = Object.entries(contract).filter(([, { waitsFor }]) => waitsFor !== undefined);
  return {
    findings: [
      ...templates.flatMap((template) =>
        checkImports(
          template,
          exported.map(({ key }) => key),
        ),
      ),
      ...exported.flatMap(({ key, file }) => checkExport(key, file, imported.has(parameterName(key)), contract[key])),
      ...checkNames(exported),
      ...checkPublished(published),
    ],
    notes: [
      `${exported.length} exports, ${imported.size} of them imported, ${waiting.length} waiting for a reader`,
      ...waiting.map(([key, { waitsFor }]) => `${key} waits for ${waitsFor}`),
    ],
  };
};

const checkImports = (template: Template, keys: readonly string[]): Finding[] =>
  importsOf(template).flatMap((name) => {
    const { file } = template;
    const { type, default: fallback } = template.parameters[name] ?? {};
    return [
      ...(keyOf(name, keys) === undefined ? [{ file, reason: `imports ${name}, which nobody exports` }] : []),
      ...(type === SSM_TYPE ? [] : [{ file, reason: `imports ${name} as ${type}: the type is ${SSM_TYPE}` }]),
      ...(fallback === undefined ? [] : [{ file, reason: `${name} has a default: samconfig.toml says what it is` }]),
    ];
  });

const checkExport = (
  key: string,
  file: string,
  isImported: boolean,
  entry: Contract[string] | undefined,
): Finding[] => {
  const { description, waitsFor } = entry ?? { description: 'published' };
  return [
    ...(description?.trim() ? [] : [{ file, reason: `${key} has no description` }]),
    ...(isImported || waitsFor?.trim()
      ? []
      : [{ file, reason: `${key} is imported by no template: delete it, or say in waitsFor for whom it waits` }]),
    ...(isImported && waitsFor !== undefined
      ? [{ file, reason: `${key} is imported, so it waits for nobody: delete its waitsFor` }]
      : []),
  ];
};

/** One rule for every name; two keys that would be one template parameter are one too many. */
const checkNames = (exported: readonly { key: string; file: string }[]): Finding[] =>
  exported.flatMap(({ key, file }, index) => {
    const twin = exported.findIndex((other) => parameterName(other.key) === parameterName(key));
    return [
      ...(KEY.test(key) ? [] : [{ file, reason: `${key} is not a key: lower-case words, with - and / between them` }]),
      ...(twin === index ? [] : [{ file, reason: `${key} and ${exported[twin]?.key} are both ${parameterName(key)}` }]),
    ];
  });

/** The keys that a template publishes itself, as parameters under /fanfare/${Stage}/. */
const publishedKeys = (template: Template): { key: string; file: string }[] =>
  template.resources
    .filter(({ type }) => type === 'AWS::SSM::Parameter')
    .map(({ properties }) => String(at(properties.Name, 'Fn::Sub') ?? ''))
    .map((name) => ({ key: name.replace(/^\/fanfare\/\$\{Stage\}\//, ''), file: template.file }));

const checkPublished = (published: readonly { key: string; file: string }[]): Finding[] => [
  ...published
    .filter(({ key }) => !PLATFORM_EXPORTS.some((known) => known === key))
    .map(({ key, file }) => ({ file, reason: `publishes ${key}, which scripts/contract-names.ts does not list` })),
  ...PLATFORM_EXPORTS.filter((known) => !published.some(({ key }) => key === known)).map((known) => ({
    file: 'scripts/contract-names.ts',
    reason: `lists ${known}, which the platform stack does not publish`,
  })),
];
