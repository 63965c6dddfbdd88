import { isMap, isNode, isSeq, type Node, parseDocument, type Tags, visit, YAMLMap, type YAMLSeq } from 'yaml';
import { type Json, type JsonObject, listOf, objectOf } from './json.ts';

export type Parameter = { readonly type: string; readonly default?: Json };

/** One statement of a role's policies, conditional ones included. */
export type Statement = {
  readonly sid?: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly Json[];
  /** Whether somebody wrote a comment inside the statement or above it. */
  readonly commented: boolean;
};

export type Resource = {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** What a role's inline policies allow; empty for other resources. */
  readonly statements: readonly Statement[];
};

/** A SAM or CloudFormation template. Intrinsic functions have their long form: `!Ref X` is `{ Ref: 'X' }`. */
export type Template = {
  readonly file: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly resources: readonly Resource[];
};

const TAGS = [
  'And',
  'Equals',
  'FindInMap',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'Base64',
];

/** A collection under the long name of its tag. It stays a node, so that comments inside it are still found. */
const longForm = (name: string, node: YAMLMap | YAMLSeq): YAMLMap => {
  delete node.tag;
  const map = new YAMLMap();
  map.set(name, node);
  return map;
};

const customTags: Tags = [
  ...TAGS.flatMap((tag) => [
    { tag: `!${tag}`, resolve: (value: string) => ({ [`Fn::${tag}`]: value }) },
    { tag: `!${tag}`, collection: 'seq' as const, resolve: (node: YAMLMap | YAMLSeq) => longForm(`Fn::${tag}`, node) },
    { tag: `!${tag}`, collection: 'map' as const, resolve: (node: YAMLMap | YAMLSeq) => longForm(`Fn::${tag}`, node) },
  ]),
  { tag: '!Ref', resolve: (value: string) => ({ Ref: value }) },
  { tag: '!Condition', resolve: (value: string) => ({ Condition: value }) },
  { tag: '!GetAtt', resolve: (value: string) => ({ 'Fn::GetAtt': value.split('.') }) },
  { tag: '!GetAtt', collection: 'seq', resolve: (node: YAMLMap | YAMLSeq) => longForm('Fn::GetAtt', node) },
];

/** Reads a template. Throws when it is not YAML. */
export const parseTemplate = (file: string, text: string): Template => {
  const document = parseDocument(text, { customTags });
  const [problem] = document.errors;
  if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
  const root = objectOf(document.toJS() as Json);
  return {
    file,
    parameters: Object.fromEntries(
      Object.entries(objectOf(root.Parameters)).map(([name, parameter]) => {
        const { Type, Default } = objectOf(parameter);
        return [name, { type: String(Type), ...(Default === undefined ? {} : { default: Default }) }];
      }),
    ),
    resources: Object.entries(objectOf(root.Resources)).map(([id, resource]) => ({
      id,
      type: String(objectOf(resource).Type),
      properties: objectOf(objectOf(resource).Properties),
      statements: statementsOf(document.getIn(['Resources', id, 'Properties', 'Policies'])),
    })),
  };
};

/** What a `!Ref` names. */
export const refOf = (value: Json | undefined): string | undefined => {
  const ref = objectOf(value).Ref;
  return typeof ref === 'string' ? ref : undefined;
};

/** Whether two expressions are the same; `!Sub ${X}` is `!Ref X`. */
export const sameExpression = (one: Json | undefined, other: Json | undefined): boolean =>
  JSON.stringify(plain(one)) === JSON.stringify(plain(other));

const plain = (value: Json | undefined): Json | undefined => {
  const text = objectOf(value)['Fn::Sub'];
  const only = typeof text === 'string' ? /^\$\{([\w:]+)\}$/.exec(text)?.[1] : undefined;
  return only === undefined ? value : { Ref: only };
};

const statementsOf = (policies: unknown): Statement[] => {
  if (!isSeq(policies)) return [];
  return policies.items.flatMap((policy) => {
    if (!isMap(policy)) return [];
    const statements = policy.getIn(['PolicyDocument', 'Statement']);
    return isSeq(statements) ? statements.items.flatMap((item) => branchesOf(item)).map(statementOf) : [];
  });
};

/** A statement, or the ones among which an `!If` chooses. */
const branchesOf = (node: unknown): YAMLMap[] => {
  if (!isMap(node)) return [];
  const branches = node.get('Fn::If');
  if (isSeq(branches)) return branches.items.flatMap((branch) => branchesOf(branch));
  return node.has('Effect') || node.has('Action') ? [node] : [];
};

const statementOf = (node: YAMLMap): Statement => {
  const { Sid, Effect, Action, Resource } = objectOf(toJson(node));
  return {
    ...(typeof Sid === 'string' ? { sid: Sid } : {}),
    effect: String(Effect),
    actions: listOf(Action).map(String),
    resources: listOf(Resource),
    commented: hasComment(node),
  };
};

const toJson = (node: YAMLMap): Json => JSON.parse(JSON.stringify(node)) as Json;

const hasComment = (node: Node): boolean => {
  let found = false;
  visit(node, (_key, inner) => {
    if (!isNode(inner)) return;
    if (inner.comment || inner.commentBefore) found = true;
  });
  return found;
};
