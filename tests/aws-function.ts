import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { newQueue, OWN_ACCOUNT, optionsOf, type Queue } from './aws-accounts.ts';
import { environmentUnderTest } from './environment-under-test.ts';

/**
 * A function that fails whatever it is called with, and a queue that then gets what it was called with: the way to see an
 * asynchronous invocation from outside. Its code is a deployed function's, started without what it needs.
 */
export const newFunction = async (
  FunctionName: string,
): Promise<{ readonly arn: string; readonly failures: Queue }> => {
  const lambda = new LambdaClient(optionsOf(OWN_ACCOUNT));
  const failures = await newQueue(`${FunctionName}-failures`);
  const lent = await lambda.send(
    new GetFunctionCommand({ FunctionName: `fanfare-${environmentUnderTest().stage}-post-message` }),
  );
  const zip = await (await fetch(lent.Code?.Location ?? '')).arrayBuffer();
  const { FunctionArn: arn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Code: { ZipFile: new Uint8Array(zip) },
      Role: await newFunctionRole(FunctionName, failures.arn),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
    }),
  );
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
    }),
  );
  return { arn, failures };
};

const newFunctionRole = async (RoleName: string, queueArn: string): Promise<string> => {
  const iam = new IAMClient(optionsOf(OWN_ACCOUNT));
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }));
  const PolicyDocument = document({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'tell', PolicyDocument }));
  return Role?.Arn ?? '';
};
