import type { DueItem } from './due-item.ts';

/** What makes two due items the same: written twice, it is there once. */
export const dueId = (item: DueItem): readonly string[] =>
  item.what === 'task'
    ? [item.task.messageId, item.task.endpointId, String(item.task.attempt)]
    : [item.orgId, item.appId, item.messageId];
