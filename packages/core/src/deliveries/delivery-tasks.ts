import { type DeliveryTask, INLINE_LIMIT_BYTES, type Lane } from '@fanfare/events/delivery-task';
import { labelsOf } from '@fanfare/events/labels';
import type { MessageRecord } from '@fanfare/events/message-record';
import { startsAt } from '@fanfare/events/starts-at';
import type { MessageRef } from '../keys.ts';

/** An attempt that is to be made. */
export type WantedAttempt = { readonly endpointId: string; readonly attempt: number };

/** One task for each of a message's attempts that are wanted. A body over INLINE_LIMIT_BYTES is left to be read later. */
export const deliveryTasks = (
  ref: MessageRef,
  message: MessageRecord,
  wanted: readonly (WantedAttempt & { readonly lane?: Lane | undefined })[],
  mintCopyId: () => string,
): DeliveryTask[] => {
  const shared = {
    v: 1,
    orgId: ref.orgId,
    appId: ref.appId,
    messageId: ref.messageId,
    trigger: 'scheduled',
    ...labelsOf(message),
    acceptedAt: startsAt(message),
    ...inlinePayload(message),
  } as const;
  return wanted.map(({ endpointId, attempt, lane }) => ({
    ...shared,
    endpointId,
    attempt,
    copyId: mintCopyId(),
    ...(lane === undefined ? {} : { lane }),
  }));
};

/** A payload that was expunged, or that a task must not carry for its size, is asked for when the task is done. */
const inlinePayload = (message: MessageRecord): Pick<DeliveryTask, 'payload'> => {
  const { payload, encoding, expungedAt, payloadExpiresAt, expiresAt } = message;
  if (payload === undefined || payload.length > INLINE_LIMIT_BYTES || expungedAt !== undefined) return {};
  const goesFirst = payloadExpiresAt < expiresAt ? { expiresAt: payloadExpiresAt } : {};
  return { payload: { encoding, base64: Buffer.from(payload).toString('base64'), ...goesFirst } };
};
