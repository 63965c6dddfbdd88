import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { backgroundTaskKey } from '@fanfare/core/keys';
import type { BackgroundTaskOut } from 'svix';
import { clientOptions, contractValue, environmentUnderTest, testTableClient } from './environment-under-test.ts';
import { eventually } from './eventually.ts';
import type { Tenant } from './tenant.ts';

/** Waits until a task does not run any more. */
export const untilEnded = ({ svix }: Tenant, taskId: string): Promise<BackgroundTaskOut> =>
  eventually('the end of the task', async () => {
    const task = await svix.backgroundTask.get(taskId);
    return task.status === 'running' ? undefined : task;
  });

/** Takes back what a task's steps wrote about it, as if each had crashed after it published what it chose. */
export const forgetSteps = async (orgId: string, taskId: string): Promise<void> => {
  await testTableClient().send(
    new UpdateCommand({
      TableName: await contractValue('table/name'),
      Key: backgroundTaskKey({ orgId, taskId }),
      UpdateExpression:
        'SET #status = :running, step = :none, scanned = :none, sent = :none, matched = :none REMOVE #cursor',
      ExpressionAttributeNames: { '#status': 'status', '#cursor': 'cursor' },
      ExpressionAttributeValues: { ':running': 'running', ':none': 0 },
    }),
  );
};

/** Takes a task's next step, as the state machine does. */
export const takeStep = async (orgId: string, taskId: string): Promise<unknown> => {
  const answer = await new LambdaClient(clientOptions()).send(
    new InvokeCommand({
      FunctionName: `fanfare-${environmentUnderTest().stage}-take-step`,
      Qualifier: 'live',
      Payload: JSON.stringify({ orgId, taskId, execution: 0, page: 0 }),
    }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text);
};

const stateMachineArn = (): string =>
  `arn:aws:states:us-east-1:000000000000:stateMachine:fanfare-${environmentUnderTest().stage}-replay`;

/** Starts an execution for a task that has taken this many steps already. */
export const runFrom = async (orgId: string, taskId: string, page: number): Promise<void> => {
  await new SFNClient(clientOptions()).send(
    new StartExecutionCommand({
      stateMachineArn: stateMachineArn(),
      name: `${taskId}-test`,
      input: JSON.stringify({ orgId, taskId, execution: 0, page }),
    }),
  );
};

/** The state of one of a task's executions; `undefined` when there is none of that name. */
export const executionStatus = async (taskId: string, name: string): Promise<string | undefined> => {
  const executionArn = `${stateMachineArn().replace(':stateMachine:', ':execution:')}:${taskId}-${name}`;
  try {
    return (await new SFNClient(clientOptions()).send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
};
