import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EntryRefused, type OpenClient } from './destination-client.ts';

/** What rules match by, beside the event type. */
const SOURCE = 'fanfare';

/**
 * The body is the event's detail itself, so that patterns can match in it. EventBridge prints it anew, so a signature of
 * the bytes could not be verified, and none is sent; the id is the event's one resource.
 */
export const openEventBus: OpenClient = (settings) => {
  const client = new EventBridgeClient(settings);
  return {
    put: async ({ arn }, { body, eventType, messageId, acceptedAt }, abortSignal) => {
      const { Entries = [], $metadata } = await client.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: arn,
              Source: SOURCE,
              DetailType: eventType,
              Detail: body,
              Resources: [messageId],
              Time: new Date(acceptedAt),
            },
          ],
        }),
        { abortSignal },
      );
      const [entry] = Entries;
      const status = $metadata.httpStatusCode ?? 200;
      if (entry?.EventId === undefined) throw new EntryRefused(entry?.ErrorCode ?? 'NoEntry', status);
      return { status, text: `EventBridge event ${entry.EventId}` };
    },
  };
};
