import { eventId } from './event-id.ts';
import type { Announced } from './name-events.ts';
import type { EndedTask, TaskFacts } from './stream-change.ts';

const TYPE = 'background_task.finished';

/** What a background task that ended is to be announced as: once for each end, whether it did all of its work or not. */
export const taskEvents = ({ ref, task }: EndedTask): Announced[] => {
  const { orgId, appId, taskId } = ref;
  const { status, reason } = task;
  if (status === 'running') return [];
  return [
    {
      application: { orgId, appId },
      event: {
        v: 1,
        id: eventId(TYPE, [orgId, taskId, ...endOf(task)]),
        type: TYPE,
        timestamp: new Date(task.updatedAt).toISOString(),
        orgId,
        data: {
          appId,
          ...('endpointId' in task ? { endpointId: task.endpointId } : {}),
          taskId,
          task: task.task,
          status,
          ...(reason === undefined ? {} : { reason }),
          data: resultOf(task),
        },
      },
    },
  ];
};

/** An import that was stopped may go on, and end once more. */
const endOf = (task: TaskFacts): readonly string[] => ('step' in task ? [String(task.step)] : []);

const resultOf = (task: TaskFacts) =>
  'sent' in task ? { messagesSent: task.sent } : { messagesAccepted: task.accepted, linesRejected: task.rejected };
