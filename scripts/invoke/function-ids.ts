import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Stack } from '../environment/stacks.ts';

type Template = { readonly Resources: Record<string, { readonly Type: string }> };

/** The logical ids of a service's functions. */
export const functionIds = (service: Stack): readonly string[] => {
  const text = readFileSync(join(service.folder, 'template.yaml'), 'utf8');
  // Tags such as !Ref stand in properties alone, which are of no interest here.
  const { Resources } = parse(text, { logLevel: 'silent' }) as Template;
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::Serverless::Function')
    .map(([id]) => id);
};
