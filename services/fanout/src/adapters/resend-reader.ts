import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { endpointFinder } from '@fanfare/core/aws/endpoint-finder';
import { isId } from '@fanfare/core/ids';
import { type ApplicationRef, eventIdKey, type Key, messageKey } from '@fanfare/core/keys';
import { isUid } from '@fanfare/core/uid';
import { messageRecord } from '@fanfare/events/message-record';
import type { ResendPorts } from '../domain/resend.ts';

/** The one message and the one endpoint that a call names, read strongly. */
export const resendReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<ResendPorts, 'findMessage' | 'findEndpoint'> => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const messageIdOf = async (application: ApplicationRef, idOrEventId: string): Promise<string | undefined> => {
    if (isId('msg', idOrEventId)) return idOrEventId;
    if (!isUid('msg', idOrEventId)) return undefined;
    return (await get(eventIdKey(application, idOrEventId)))?.messageId as string | undefined;
  };

  return {
    findMessage: async ({ orgId, appId }, idOrEventId) => {
      const messageId = await messageIdOf({ orgId, appId }, idOrEventId);
      if (messageId === undefined) return undefined;
      const ref = { orgId, appId, messageId };
      const item = await get(messageKey(ref));
      return item === undefined ? undefined : { ref, message: messageRecord.parse(item) };
    },

    findEndpoint: endpointFinder(client, tableName),
  };
};
