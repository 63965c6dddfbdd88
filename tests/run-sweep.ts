import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';

type Swept = { readonly sent: number; readonly left: number };

/** Runs the deployed sweep now, as its schedule does each minute. */
export const runSweep = async (): Promise<Swept> => {
  const answer = await new LambdaClient(clientOptions()).send(
    new InvokeCommand({
      FunctionName: `fanfare-${environmentUnderTest().stage}-sweep-due`,
      Qualifier: 'live',
      Payload: '{}',
    }),
  );
  const text = Buffer.from(answer.Payload ?? []).toString();
  if (answer.FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as Swept;
};
