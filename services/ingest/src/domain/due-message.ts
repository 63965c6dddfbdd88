import type { MessageRef } from '@fanfare/core/keys';
import type { DueMessage } from '@fanfare/events/due-item';

/** What has a message fanned out when it is due. */
export const dueMessageOf = ({ orgId, appId, messageId }: MessageRef, dueAt: number): DueMessage => ({
  kind: 'due',
  what: 'message',
  dueAt,
  orgId,
  appId,
  messageId,
});
