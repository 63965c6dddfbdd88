import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { envelopeOf } from '../../domain/destination-message.ts';
import type { OpenClient } from './destination-client.ts';

/** Asynchronously: that the function has got the event is the delivery; what it does with it is its own. */
export const openLambda: OpenClient = (settings) => {
  const client = new LambdaClient(settings);
  return {
    put: async ({ arn }, message, abortSignal) => {
      const { StatusCode = 202 } = await client.send(
        new InvokeCommand({ FunctionName: arn, InvocationType: 'Event', Payload: envelopeOf(message) }),
        { abortSignal },
      );
      return { status: StatusCode, text: 'Lambda has queued the event' };
    },
  };
};
