import { type Resource, refOf, type Statement, type Template } from './cloudformation.ts';
import { at, type Json, type JsonObject, objectOf } from './json.ts';

/** A function of a template with everything that the checks ask about it. */
export type LambdaFunction = {
  readonly file: string;
  readonly id: string;
  /** Without the stage: `post-message`. Absent when FunctionName is not `fanfare-${Stage}-<name>`. */
  readonly name?: string;
  readonly properties: JsonObject;
  readonly timeoutSeconds?: number;
  /** Logical id of its role, when it is a role of the same template. */
  readonly role?: string;
  readonly statements: readonly Statement[];
};

export const FUNCTION_TYPE = 'AWS::Serverless::Function';

/** Every function of a template. */
export const functionsOf = (template: Template): readonly LambdaFunction[] =>
  template.resources
    .filter(({ type }) => type === FUNCTION_TYPE)
    .map(({ id, properties }) => {
      const name = /^fanfare-\$\{Stage\}-([a-z0-9-]+)$/.exec(String(at(properties.FunctionName, 'Fn::Sub')))?.[1];
      const role = attributeOwner(properties.Role);
      return {
        file: template.file,
        id,
        properties,
        statements: template.resources.find((resource) => resource.id === role)?.statements ?? [],
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
        ...(typeof properties.Timeout === 'number' ? { timeoutSeconds: properties.Timeout } : {}),
      };
    });

/** The logical id in `!GetAtt X.Arn`. */
export const attributeOwner = (value: Json | undefined): string | undefined => {
  const path = objectOf(value)['Fn::GetAtt'];
  return Array.isArray(path) && path[1] === 'Arn' ? String(path[0]) : undefined;
};

/** The function whose alias an expression names: `!Ref X.Alias` or a `!Sub` with `${X.Alias}`. */
export const aliasOwner = (value: Json | undefined): string | undefined => {
  const text = at(value, 'Fn::Sub');
  return (
    /^(\w+)\.Alias$/.exec(refOf(value) ?? '')?.[1] ??
    /\$\{(\w+)\.Alias\}/.exec(typeof text === 'string' ? text : '')?.[1]
  );
};

/** Logical ids that an expression refers to, however deep, as `id` or `id.attribute`. */
export const referencesIn = (value: Json | undefined): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((item: Json) => referencesIn(item));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'Ref') return [String(inner)];
    if (name === 'Fn::GetAtt' && Array.isArray(inner)) return [inner.join('.')];
    if (name === 'Fn::Sub') {
      const text = Array.isArray(inner) ? inner[0] : inner;
      return [...String(text).matchAll(/\$\{([\w.:]+)\}/g)].map((match) => match[1] ?? '');
    }
    return referencesIn(inner);
  });
};

/** The resources of one type. */
export const resourcesOf = (template: Template, type: string): readonly Resource[] =>
  template.resources.filter((resource) => resource.type === type);
