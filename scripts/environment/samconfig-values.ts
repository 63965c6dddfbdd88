import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parse } from 'smol-toml';
import { Failure } from '../toolchain/failure.mjs';
import type { DeployTarget } from './deploy-target.ts';
import type { Stack } from './stacks.ts';

/** GetParameters takes ten names. */
const NAMES_PER_CALL = 10;

/** What a stage passes to the stack's template: parameter name to value, or to the path of the contract's parameter. */
export const stageParameters = (stack: Stack, stage: string): Map<string, string> => {
  const config = parse(readFileSync(join(stack.folder, 'samconfig.toml'), 'utf8')) as SamConfig;
  const overrides = config[stage]?.deploy?.parameters?.parameter_overrides;
  if (overrides === undefined) {
    throw new Failure(`${join(stack.folder, 'samconfig.toml')} has no stage '${stage}': run 'npm run samconfig'.`);
  }
  return new Map(overrides.map((pair) => splitAtFirst(pair, '=')));
};

type SamConfig = Record<string, { deploy?: { parameters?: { parameter_overrides?: string[] } } }>;

/** The same with each path replaced by the value that stands in the parameter store now. */
export const resolvedParameters = async (stack: Stack, target: DeployTarget): Promise<Map<string, string>> => {
  const given = stageParameters(stack, target.stage);
  const paths = [...given.values()].filter(isPath);
  const client = new SSMClient(target.clientOptions);
  const values = new Map<string, string>();
  for (let at = 0; at < paths.length; at += NAMES_PER_CALL) {
    const Names = paths.slice(at, at + NAMES_PER_CALL);
    const { Parameters = [], InvalidParameters = [] } = await client.send(new GetParametersCommand({ Names }));
    if (InvalidParameters.length > 0) {
      throw new Failure(
        `${stack.name} imports ${InvalidParameters.join(', ')}, which nobody has published: apply terraform/ and deploy the platform stack first.`,
      );
    }
    for (const { Name = '', Value = '' } of Parameters) values.set(Name, Value);
  }
  return new Map([...given].map(([name, value]) => [name, isPath(value) ? (values.get(value) ?? '') : value]));
};

const isPath = (value: string): boolean => value.startsWith('/fanfare/');

const splitAtFirst = (text: string, separator: string): [string, string] => {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
};
