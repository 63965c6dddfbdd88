import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { endpointFinder } from '@fanfare/core/aws/endpoint-finder';
import { messageFinder } from '@fanfare/core/aws/message-finder';
import { messageRecord } from '@fanfare/events/message-record';
import type { ResendPorts } from '../domain/resend.ts';

/** The one message and the one endpoint that a call names, read strongly. */
export const resendReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<ResendPorts, 'findMessage' | 'findEndpoint'> => {
  const find = messageFinder(client, tableName);

  return {
    findMessage: async (application, idOrEventId) => {
      const found = await find(application, idOrEventId);
      return found && { ref: found.ref, message: messageRecord.parse(found.item) };
    },

    findEndpoint: endpointFinder(client, tableName),
  };
};
