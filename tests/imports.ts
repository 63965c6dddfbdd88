import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { backgroundTaskKey } from '@fanfare/core/keys';
import { IMPORT } from '@fanfare/events/import-task';
import type { BackgroundTaskType } from 'svix';
import { reportKey } from '../services/ingest/src/domain/imported-file.ts';
import { clientOptions, contractValue, environmentUnderTest, testTableClient } from './environment-under-test.ts';
import { eventually } from './eventually.ts';
import type { Tenant } from './tenant.ts';

const client = () =>
  new S3Client({ ...clientOptions(), forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });

/** Puts a file of events where whoever may write for an organisation puts it. Answers its key. */
export const putFile = async (
  { orgId }: Pick<Tenant, 'orgId'>,
  application: string,
  name: string,
  content: string | Uint8Array,
): Promise<string> => {
  const Key = `${orgId}/${application}/${name}`;
  await client().send(new PutObjectCommand({ Bucket: await contractValue('bucket/imports/name'), Key, Body: content }));
  return Key;
};

/** The text of an object of the bucket of imports, if there is one. */
export const textBeside = async (Key: string): Promise<string | undefined> => {
  try {
    const Bucket = await contractValue('bucket/imports/name');
    return await (await client().send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
};

export type Report = {
  readonly task: string;
  readonly status: string;
  readonly reason?: string;
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly rejectedIn: readonly string[];
};

const stateMachineArn = (): string =>
  `arn:aws:states:us-east-1:000000000000:stateMachine:fanfare-${environmentUnderTest().stage}-import`;

/** Has a task go on in an execution of this name, which has done as many stretches as one may but one. */
export const runLastStretch = async (orgId: string, taskId: string, run: string): Promise<void> => {
  await testTableClient().send(
    new UpdateCommand({
      TableName: await contractValue('table/name'),
      Key: backgroundTaskKey({ orgId, taskId }),
      UpdateExpression: 'SET #status = :running, #run = :run REMOVE reason',
      ExpressionAttributeNames: { '#status': 'status', '#run': 'run' },
      ExpressionAttributeValues: { ':running': 'running', ':run': run },
    }),
  );
  const input = JSON.stringify({ orgId, taskId, run, execution: 0, page: 49 });
  await new SFNClient(clientOptions()).send(
    new StartExecutionCommand({ stateMachineArn: stateMachineArn(), name: run, input }),
  );
};

/** Has an import that was stopped go on, as the runbook says. */
export const resumeImport = async (key: string): Promise<void> => {
  const input = JSON.stringify({ detail: { object: { key }, resume: true } });
  await new SFNClient(clientOptions()).send(new StartExecutionCommand({ stateMachineArn: stateMachineArn(), input }));
};

/** The state of an execution of imports. */
export const importExecution = async (name: string): Promise<string | undefined> => {
  const executionArn = `${stateMachineArn().replace(':stateMachine:', ':execution:')}:${name}`;
  return (await new SFNClient(clientOptions()).send(new DescribeExecutionCommand({ executionArn }))).status;
};

/** Waits for the report of a file, or for another one than stood there. */
export const untilReported = (key: string, status: string): Promise<Report> =>
  eventually(
    `a report of ${key}: ${status}`,
    async () => {
      const report = JSON.parse((await textBeside(reportKey(key))) ?? 'null') as Report | null;
      return report?.status === status ? report : undefined;
    },
    120_000,
  );

type Shown = { readonly id: string; readonly status: string; readonly data: Record<string, unknown> };

/** The import of a file, as the API shows it. */
export const untilShown = (
  { svix }: Tenant,
  key: string,
  belongs: (task: Shown) => boolean = () => true,
): Promise<Shown> =>
  eventually(`the import of ${key}`, async () => {
    const { data } = await svix.backgroundTask.list({ task: IMPORT as BackgroundTaskType });
    return (data as unknown as Shown[]).find((task) => task.data.file === key && belongs(task));
  });
