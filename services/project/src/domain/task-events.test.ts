import { endpoint, NOW_MS } from './changes.fake.ts';
import type { EndedTask } from './stream-change.ts';
import { taskEvents } from './task-events.ts';

const ended = (fields: Partial<EndedTask['task']> = {}, sequence = '1'): EndedTask => ({
  kind: 'background-task',
  ref: { ...endpoint(), taskId: 'qtask_1' },
  task: { ...endpoint(), task: 'endpoint.recover', status: 'finished', sent: 3, updatedAt: NOW_MS, ...fields },
  sequence,
});

test('a task that ended is announced with what it did, or why it did not', () => {
  const { appId, endpointId, orgId } = endpoint();
  const told = { appId, endpointId, taskId: 'qtask_1', task: 'endpoint.recover', data: { messagesSent: 3 } };
  const [finished] = taskEvents(ended());
  expect(finished).toMatchObject({
    application: { orgId, appId },
    event: { type: 'background_task.finished', timestamp: '2026-11-25T03:00:00.000Z', orgId },
  });
  expect(finished?.event.data).toEqual({ ...told, status: 'finished' });
  const [failed] = taskEvents(ended({ status: 'failed', reason: 'canceled' }));
  expect(failed?.event.data).toEqual({ ...told, status: 'failed', reason: 'canceled' });
});

test('the end of a task has one id, whatever it is told by', () => {
  const ids = [ended(), ended({}, '2')].flatMap(taskEvents).map(({ event }) => event.id);
  expect(new Set(ids).size).toBe(1);
});

test('a task that runs is not announced', () => {
  expect(taskEvents(ended({ status: 'running' }))).toEqual([]);
});
