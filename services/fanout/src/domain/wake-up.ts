import type { MessageRef } from '@fanfare/core/keys';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import type { MessageRecord } from '@fanfare/events/message-record';
import { type OrderedWake, orderedGroupId } from '@fanfare/events/ordered-wake';

/** A wake-up as it goes to the topic. */
export type WakeUp = { readonly wake: OrderedWake; readonly correlationId: string };

/** Says to each of these endpoints that something stands in a log at a message's place; nothing of a message without one. */
export const wakeUpsOf = (
  { messageId, orgId, appId }: MessageRef,
  message: Pick<MessageRecord, 'order' | 'correlationId'>,
  endpointIds: readonly string[],
): WakeUp[] => {
  const { order } = message;
  if (order === undefined) return [];
  return endpointIds.map((endpointId) => ({
    wake: { v: 2, orgId, appId, endpointId, orderingKey: order.key, number: order.number },
    correlationId: correlationId(message.correlationId, messageId),
  }));
};

/** One for each endpoint in each log, that of the highest number: whoever gets it reads everything before it too. */
export const coalesced = (wakeUps: readonly WakeUp[]): WakeUp[] => {
  const highest = new Map<string, WakeUp>();
  for (const one of wakeUps) {
    const { orgId, appId, number } = one.wake;
    const name = [orgId, appId, orderedGroupId(one.wake)].join('#');
    if (number > (highest.get(name)?.wake.number ?? 0)) highest.set(name, one);
  }
  return [...highest.values()];
};
