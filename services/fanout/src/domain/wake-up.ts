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

/**
 * One for each endpoint in each log, that of the highest number, which says what the lowest is: whoever gets it reads everything
 * in between too.
 */
export const coalesced = (wakeUps: readonly WakeUp[]): WakeUp[] => {
  const nameOf = ({ wake }: WakeUp): string => [wake.orgId, wake.appId, orderedGroupId(wake)].join('#');
  return [...Map.groupBy(wakeUps, nameOf).values()].map((ofLog) => {
    const [lowest, ...others] = ofLog.toSorted((a, b) => a.wake.number - b.wake.number) as [WakeUp, ...WakeUp[]];
    const highest = others.at(-1);
    if (highest === undefined || highest.wake.number === lowest.wake.number) return lowest;
    return { ...highest, wake: { ...highest.wake, from: lowest.wake.number } };
  });
};
