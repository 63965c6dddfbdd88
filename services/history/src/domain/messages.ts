import { isExpired } from '@fanfare/core/expiry';
import type { ApplicationRef } from '@fanfare/core/keys';
import { labelsMatch } from '@fanfare/events/labels';
import { leavesOut, timeMatches } from './filter.ts';
import type { HistoryPorts, Message } from './history.ts';
import type { ListQuery } from './list-query.ts';
import { messageText } from './message-json.ts';
import { type RowPage, walk } from './walk.ts';

/** An application's messages, newest first. */
export const listMessages = (
  application: ApplicationRef,
  { start, filter, withContent }: ListQuery,
  ports: Pick<HistoryPorts, 'readMessages' | 'readPayload' | 'now'>,
): Promise<RowPage> => {
  const nowMs = ports.now();
  const belongs = (message: Message): boolean =>
    !isExpired(message, nowMs) && labelsMatch(filter, message) && timeMatches(filter, message.acceptedAt);
  return walk(start, {
    read: (span) => ports.readMessages(application, span),
    show: (message) => (belongs(message) ? messageText(application, message, withContent, ports) : undefined),
    filtered: leavesOut(filter),
  });
};
