import { backgroundTaskJson, IMPORT_STALLED_MS, isStalled, STALLED_MS } from './background-task-json.ts';
import { HOUR_MS, idAt, importTask, NOW, task } from './replay.samples.ts';

const halfway = task({ cursor: idAt('msg', NOW - HOUR_MS / 2), scanned: 10, matched: 4, sent: 3, step: 2 });

test('a task that runs tells how far it is, and when it may end', () => {
  const shown = backgroundTaskJson(halfway, NOW + 60_000);
  expect(shown).toMatchObject({ id: halfway.id, task: 'endpoint.recover', status: 'running' });
  expect(shown.data).toMatchObject({ messagesSent: 3, messagesMatched: 4, scanned: 10, progress: 0.5 });
  expect(shown.data.estimatedEnd).toBe(new Date(NOW + 120_000).toISOString());
});

test('a task that has not begun tells no end', () => {
  expect(backgroundTaskJson(task(), NOW).data).toMatchObject({ progress: 0, estimatedEnd: null });
});

test('progress stays between 0 and 1, also where a retry of a message lies behind the end', () => {
  const beyond = task({ cursor: idAt('atmpt', NOW + HOUR_MS) });
  expect(backgroundTaskJson(beyond, NOW).data.progress).toBe(1);
});

test('a task that ended tells why, and no end to come', () => {
  const { data } = backgroundTaskJson({ ...halfway, status: 'failed', reason: 'canceled' }, NOW);
  expect(data).toMatchObject({ reason: 'canceled', progress: 0.5 });
  expect(data).not.toHaveProperty('estimatedEnd');
  expect(backgroundTaskJson({ ...halfway, status: 'finished' }, NOW).data.progress).toBe(1);
});

test('a task that has not moved for an hour has failed, and before that it runs', () => {
  expect(isStalled(task(), NOW + STALLED_MS)).toBe(false);
  expect(backgroundTaskJson(task(), NOW + STALLED_MS + 1)).toMatchObject({
    status: 'failed',
    data: { reason: 'stalled' },
  });
  expect(isStalled(task({ status: 'finished' }), NOW + 2 * STALLED_MS)).toBe(false);
});

test('an import that waits for others runs for six hours', () => {
  expect(isStalled(importTask(), NOW + IMPORT_STALLED_MS)).toBe(false);
  expect(isStalled(importTask(), NOW + IMPORT_STALLED_MS + 1)).toBe(true);
});

test('where the file of an import lies is not told to the portal of an application', () => {
  const { data } = backgroundTaskJson(importTask(), NOW, 'application');
  expect(data).not.toHaveProperty('file');
  expect(data).toMatchObject({ bytes: 1_000, lines: 40 });
});

test('an import tells how far it is in its file, and what became of its lines', () => {
  const shown = backgroundTaskJson(importTask(), NOW + 60_000);
  expect(shown).toMatchObject({ task: 'message.import', status: 'running', data: { progress: 0.5 } });
  expect(shown.data).toMatchObject({ file: 'org/app/a.jsonl', bytes: 1_000, lines: 40 });
  expect(shown.data).toMatchObject({ messagesAccepted: 30, messagesRepeated: 2, linesRejected: 5 });
  expect(shown.data.estimatedEnd).toBe(new Date(NOW + 120_000).toISOString());
  expect(backgroundTaskJson(importTask({ bytes: 0, read: 0 }), NOW).data.progress).toBe(0);
});
