import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { listKeys } from '@fanfare/core/aws/archive-objects';
import { clientOptions, contractValue, environmentUnderTest } from './environment-under-test.ts';

type Compacted = { readonly objects: number; readonly unreadable: readonly string[]; readonly isFinished: boolean };

/** Runs the deployed compaction of the archive now, as its schedule does each day. */
export const compactArchive = async (): Promise<Compacted> => {
  const answer = await new LambdaClient(clientOptions()).send(
    new InvokeCommand({
      FunctionName: `fanfare-${environmentUnderTest().stage}-compact-archive`,
      Qualifier: 'live',
      Payload: '{}',
    }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as Compacted;
};

/** Keys of the archive's bucket that begin like this. */
export const archivedKeys = async (prefix: string): Promise<readonly string[]> => {
  const client = new S3Client({ ...clientOptions(), forcePathStyle: true });
  const keys: string[] = [];
  for await (const key of listKeys(client, await contractValue('bucket/archive/name'), prefix)) keys.push(key);
  return keys;
};

/** Large payloads of an application in the archive, sealed. */
export const contentObjectsOf = (appId: string): Promise<readonly string[]> => archivedKeys(`content/${appId}/`);
