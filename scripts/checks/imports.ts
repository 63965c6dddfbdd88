import { parameterName } from '../contract-names.ts';
import type { Template } from './cloudformation.ts';

export const SSM_TYPE = 'AWS::SSM::Parameter::Value<String>';

/** What a template imports through the parameter store. */
export const importsOf = (template: Template): readonly string[] =>
  Object.entries(template.parameters)
    .filter(([, { type }]) => type.startsWith('AWS::SSM::Parameter::Value'))
    .map(([name]) => name);

/** The contract key that a template parameter stands for. */
export const keyOf = (parameter: string | undefined, keys: readonly string[]): string | undefined =>
  keys.find((key) => parameterName(key) === parameter);
