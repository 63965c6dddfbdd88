import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';

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
