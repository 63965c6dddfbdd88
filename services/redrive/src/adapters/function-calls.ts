import { InvokeCommand, type LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import type { RedoPorts } from '../domain/redo-records.ts';

/** What no repeat would change, by the errors of Lambda's API. */
const REFUSED = ['ResourceNotFoundException', 'InvalidRequestContentException'];
/** A payload that is too large has several names, and not all of them are in the SDK. */
const TOO_LARGE = 413;

const isForGood = ({ name, $metadata }: LambdaServiceException): boolean =>
  REFUSED.includes(name) || $metadata.httpStatusCode === TOO_LARGE;

/** Has functions of a stage called asynchronously: Lambda keeps the call, repeats it, and has a destination for what fails. */
export const functionCalls =
  (client: LambdaClient, stage: string): RedoPorts['callAgain'] =>
  async (name, payload) => {
    // The alias in the name, as the role has it: the emulator does not see one that stands beside it.
    const FunctionName = `fanfare-${stage}-${name}:live`;
    try {
      await client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: payload }));
      return undefined;
    } catch (error) {
      if (!(error instanceof LambdaServiceException && isForGood(error))) throw error;
      return `${FunctionName} cannot be called: ${error.message}`;
    }
  };
