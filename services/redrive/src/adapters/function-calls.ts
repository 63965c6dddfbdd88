import { InvokeCommand, type LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import type { RedoPorts } from '../domain/redo-records.ts';

/** What no repeat would change, by the errors of Lambda's API. */
const REFUSED = ['ResourceNotFoundException', 'RequestTooLargeException', 'InvalidRequestContentException'];

/** Has functions of a stage called asynchronously: Lambda keeps the call, repeats it, and has a destination for what fails. */
export const functionCalls =
  (client: LambdaClient, stage: string): RedoPorts['callAgain'] =>
  async (name, payload) => {
    const FunctionName = `fanfare-${stage}-${name}`;
    try {
      await client.send(
        new InvokeCommand({ FunctionName, Qualifier: 'live', InvocationType: 'Event', Payload: payload }),
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof LambdaServiceException) || !REFUSED.includes(error.name)) throw error;
      return `${FunctionName} cannot be called: ${error.message}`;
    }
  };
