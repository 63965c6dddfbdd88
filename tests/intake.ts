import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type RejectedRecord, rejectedRecord } from '@fanfare/events/rejected-record';
import { clientOptions, contractValue, environmentUnderTest } from './environment-under-test.ts';
import { eventually } from './eventually.ts';
import type { Tenant } from './tenant.ts';
import { sqs } from './webhook-lane.ts';

/** Organisations that terraform/stages/local.tfvars lets write through the ways in. */
export const QUEUE_ORG_ID = 'org_3IntakeQueueOfTheTests00000';
export const OTHERS_ORG_ID = 'org_3IntakeQueueOfSomebodyElse0';

const functionName = (name: string): string => `fanfare-${environmentUnderTest().stage}-${name}`;

/** Gives a deployed function an event as its source would, and answers what it answered. Throws when it failed. */
export const giveTo = async (name: string, event: object): Promise<unknown> => {
  const answer = await new LambdaClient(clientOptions()).send(
    new InvokeCommand({ FunctionName: functionName(name), Qualifier: 'live', Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(text);
  return text === '' ? undefined : JSON.parse(text);
};

/** Ids of an application's messages, oldest first. */
export const storedIds = async ({ svix }: Tenant, appId: string): Promise<readonly string[]> =>
  (await svix.message.list(appId, { limit: 250 })).data.map(({ id }) => id).reverse();

/** Waits until an application has this many messages, and answers their ids. */
export const untilStored = (tenant: Tenant, appId: string, count: number): Promise<readonly string[]> =>
  eventually(`${count} messages of ${appId}`, async () => {
    const ids = await storedIds(tenant, appId);
    return ids.length >= count ? ids : undefined;
  });

/** Waits for a refused record that holds this text, and takes it out of the rejects. */
export const untilRejected = (mark: string): Promise<RejectedRecord> =>
  eventually(`${mark} among the rejects`, async () => {
    const QueueUrl = await contractValue('queue/intake-rejects/url');
    const { Messages = [] } = await sqs().send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
    );
    const found = Messages.find(({ Body = '' }) => Body.includes(mark));
    if (found === undefined) return undefined;
    await takeOut(QueueUrl, found);
    return rejectedRecord.parse(JSON.parse(found.Body ?? ''));
  });

const takeOut = async (QueueUrl: string, { ReceiptHandle }: Message): Promise<void> =>
  void (await sqs().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));

/** Takes a right away from a function, as a dependency that fails would. Answers how to bring it back. */
export const withoutRight = async (name: string, action: string): Promise<() => Promise<void>> => {
  const iam = new IAMClient(clientOptions());
  const { Role = '' } = await new LambdaClient(clientOptions()).send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName(name) }),
  );
  const policy = { RoleName: Role.split('/').at(-1) ?? '', PolicyName: name };
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(policy));
  const document = decodeURIComponent(PolicyDocument);
  const without = document.replaceAll(`"${action}"`, '"dynamodb:DescribeTable"');
  if (without === document) throw new Error(`${name} does not have the right ${action}`);
  await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: without }));
  return async () => void (await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: document })));
};

/** Waits until a function has met a right that it does not have. */
export const untilDenied = (name: string, sinceMs: number): Promise<true> =>
  eventually(`${name} without its right`, async () => {
    const { events = [] } = await new CloudWatchLogsClient(clientOptions()).send(
      new FilterLogEventsCommand({
        logGroupName: `/aws/lambda/${functionName(name)}`,
        filterPattern: '"AccessDenied"',
        startTime: sinceMs,
      }),
    );
    return events.length > 0 ? true : undefined;
  });
