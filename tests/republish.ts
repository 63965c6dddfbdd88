import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';

/** Has a new version of a deployed function take over, as a deployment does, and answers the versions before and after. */
export const republish = async (name: string): Promise<readonly [string | undefined, string | undefined]> => {
  const client = new LambdaClient(clientOptions());
  const FunctionName = `fanfare-${environmentUnderTest().stage}-${name}`;
  const { Version: before } = await client.send(
    new GetFunctionConfigurationCommand({ FunctionName, Qualifier: 'live' }),
  );
  const Description = `deployed again at ${new Date().toISOString()}`;
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }));
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60 }, { FunctionName });
  const { Version: after = '' } = await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: after }));
  return [before, after];
};
