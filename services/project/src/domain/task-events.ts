import { eventId } from './event-id.ts';
import type { Announced } from './name-events.ts';
import type { EndedTask } from './stream-change.ts';

const TYPE = 'background_task.finished';

/** What a background task that ended is to be announced as: once, whether it did all of its work or not. */
export const taskEvents = ({ ref, task }: EndedTask): Announced[] => {
  const { orgId, appId, endpointId, taskId } = ref;
  const { status, reason } = task;
  if (status === 'running') return [];
  return [
    {
      application: { orgId, appId },
      event: {
        v: 1,
        id: eventId(TYPE, [orgId, taskId]),
        type: TYPE,
        timestamp: new Date(task.updatedAt).toISOString(),
        orgId,
        data: {
          appId,
          endpointId,
          taskId,
          task: task.task,
          status,
          ...(reason === undefined ? {} : { reason }),
          data: { messagesSent: task.sent },
        },
      },
    },
  ];
};
