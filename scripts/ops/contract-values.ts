import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { parameterPath } from '../contract-names.ts';
import { Failure } from '../toolchain/failure.mjs';
import type { OpsTarget } from './ops-target.ts';

/** What a stage exports: contract key to value. */
export type ContractValues = ReadonlyMap<string, string>;

/** Reads all that a stage exports, as its services import it. */
export const contractValues = async ({ stage, clientOptions }: OpsTarget): Promise<ContractValues> => {
  const root = parameterPath(stage, '');
  const values = new Map<string, string>();
  const pages = paginateGetParametersByPath({ client: new SSMClient(clientOptions) }, { Path: root, Recursive: true });
  for await (const { Parameters = [] } of pages) {
    for (const { Name = '', Value = '' } of Parameters) values.set(Name.slice(root.length), Value);
  }
  if (values.size > 0) return values;
  throw new Failure(
    `Nothing is exported under ${root} in ${clientOptions.region}: apply terraform/ to the stage '${stage}' first, or use the credentials of its account.`,
  );
};
