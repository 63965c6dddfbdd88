import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parseRetryPolicy } from '../../services/delivery/src/domain/retry-policy.ts';
import { parameterPath } from '../contract-names.ts';
import { clientOptions } from '../environment/emulated-aws.ts';
import type { Environment } from '../environment/environment.ts';

/** How often a stage tries again before it gives a message up. */
export const retriesOf = async ({ endpoint, stage }: Pick<Environment, 'endpoint' | 'stage'>): Promise<number> => {
  const client = new SSMClient(clientOptions(endpoint));
  const parameter = async (Name: string) =>
    (await client.send(new GetParameterCommand({ Name }))).Parameter?.Value ?? '';
  const name = await parameter(parameterPath(stage, 'setting/retry-schedule/name'));
  return parseRetryPolicy(await parameter(name)).delaysSeconds.length;
};
