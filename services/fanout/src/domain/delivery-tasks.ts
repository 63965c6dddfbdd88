import type { MessageRef } from '@fanfare/core/keys';
import { type DeliveryTask, INLINE_LIMIT_BYTES } from '@fanfare/events/delivery-task';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { Subscriber } from './subscriber.ts';

/** The first attempts of a message: one task per endpoint. A body over INLINE_LIMIT_BYTES is left to be read later. */
export const deliveryTasks = (
  ref: MessageRef,
  message: MessageRecord,
  endpoints: readonly Pick<Subscriber, 'id' | 'lane'>[],
  mintCopyId: () => string,
): DeliveryTask[] => {
  const shared = {
    v: 1,
    orgId: ref.orgId,
    appId: ref.appId,
    messageId: ref.messageId,
    attempt: 1,
    trigger: 'scheduled',
    eventType: message.eventType,
    ...(message.channels === undefined ? {} : { channels: message.channels }),
    acceptedAt: message.acceptedAt,
    ...inlinePayload(message),
  } as const;
  return endpoints.map(({ id, lane }) => ({
    ...shared,
    endpointId: id,
    copyId: mintCopyId(),
    ...(lane === undefined ? {} : { lane }),
  }));
};

const inlinePayload = ({ payload, encoding }: MessageRecord): Pick<DeliveryTask, 'payload'> =>
  payload.length > INLINE_LIMIT_BYTES ? {} : { payload: { encoding, base64: Buffer.from(payload).toString('base64') } };
