import { unreachable } from '@fanfare/core/unreachable';
import type { DueItem } from './due-item.ts';

/** What makes two due items the same: written twice, it is there once. */
export const dueId = (item: DueItem): readonly string[] => {
  switch (item.what) {
    case 'task':
      return [item.task.messageId, item.task.endpointId, String(item.task.attempt)];
    case 'message':
      return [item.orgId, item.appId, item.messageId];
    case 'endpoint':
      return [item.wake.appId, item.wake.endpointId];
    case 'order':
      return [item.wake.appId, item.wake.endpointId, item.wake.orderingKey];
    default:
      return unreachable(item);
  }
};
