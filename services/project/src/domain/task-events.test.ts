import { endpoint, NOW_MS } from './changes.fake.ts';
import type { EndedTask } from './stream-change.ts';
import { taskEvents } from './task-events.ts';

type Ended = Partial<Pick<EndedTask['task'], 'status' | 'reason'>>;

const ended = (fields: Ended = {}, sequence = '1'): EndedTask => ({
  kind: 'background-task',
  ref: { ...endpoint(), taskId: 'qtask_1' },
  task: { ...endpoint(), task: 'endpoint.recover', status: 'finished', sent: 3, updatedAt: NOW_MS, ...fields },
  sequence,
});

const endedImport = (step: number, fields: Ended = {}): EndedTask => {
  const { appId } = endpoint();
  const facts = { task: 'message.import', status: 'finished', accepted: 5, rejected: 2, updatedAt: NOW_MS } as const;
  return { ...ended(), task: { appId, step, ...facts, ...fields } };
};

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

test('the end of an import is announced with what became of its lines', () => {
  const { appId } = endpoint();
  const [event] = taskEvents(endedImport(7));
  const data = { messagesAccepted: 5, linesRejected: 2 };
  expect(event?.event.data).toEqual({ appId, taskId: 'qtask_1', task: 'message.import', status: 'finished', data });
});

test('an import that was stopped and went on ends twice, each with an id of its own', () => {
  const ends = [endedImport(3, { status: 'failed', reason: 'canceled' }), endedImport(9), endedImport(9)];
  const ids = ends.flatMap(taskEvents).map(({ event }) => event.id);
  expect(new Set(ids).size).toBe(2);
});
