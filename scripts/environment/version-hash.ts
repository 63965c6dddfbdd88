import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMap, parseDocument, type YAMLMap } from 'yaml';
import { hashOf } from '../toolchain/stamp.mjs';

/**
 * Writes `AutoPublishCodeSha256` into each function of a built template. SAM publishes a version and moves the alias
 * only when that value changes, and looks at code alone by itself: a new value in the contract would leave the alias
 * on a version that was started with the old one. So the hash stands for the code, the function's own properties
 * and every value the stack imports.
 */
export const writeVersionHashes = (template: string, parameters: ReadonlyMap<string, string>): void => {
  const document = parseDocument(readFileSync(template, 'utf8'), { logLevel: 'silent' });
  const values = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
  for (const properties of functionsIn(document.get('Resources'))) {
    properties.delete('AutoPublishCodeSha256');
    const code = join(dirname(template), String(properties.get('CodeUri')));
    properties.set('AutoPublishCodeSha256', hashOf(...filesOf(code), String(properties), ...values));
  }
  writeFileSync(template, document.toString());
};

const functionsIn = (resources: unknown): YAMLMap[] => {
  if (!isMap(resources)) return [];
  return resources.items
    .map(({ value }) => value)
    .filter((resource) => isMap(resource) && resource.get('Type') === 'AWS::Serverless::Function')
    .map((resource) => (resource as YAMLMap).get('Properties'))
    .filter(isMap);
};

/** Names and contents, in an order that does not depend on the machine. */
const filesOf = (folder: string): (string | Buffer)[] =>
  globSync('**/*', { cwd: folder })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort()
    .flatMap((file) => [file, readFileSync(join(folder, file))]);
