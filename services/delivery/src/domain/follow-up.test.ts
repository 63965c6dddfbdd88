import { followUp } from './follow-up.ts';
import { ACCEPTED_AT, attempt, task } from './task.fake.ts';

const NEXT = ACCEPTED_AT + 60_000;

describe('a task whose attempt stands recorded', () => {
  test.each([
    ['has nothing to do when no attempt follows', { recordedBy: 'copy-1' }, 'copy-1', { kind: 'nothing' }],
    [
      'schedules the next one when it recorded this one itself: it may have died in between',
      { nextAttemptAt: NEXT, recordedBy: 'copy-1' },
      'copy-1',
      { kind: 'schedule', dueAt: NEXT },
    ],
    [
      'has nothing to do when another copy recorded it, which answers for the next one',
      { nextAttemptAt: NEXT, recordedBy: 'copy-2' },
      'copy-1',
      { kind: 'nothing' },
    ],
    [
      'schedules when it is not known who recorded it',
      { nextAttemptAt: NEXT },
      'copy-1',
      { kind: 'schedule', dueAt: NEXT },
    ],
    [
      'schedules when an older version of Fanfare made the record and the task',
      { nextAttemptAt: NEXT },
      undefined,
      { kind: 'schedule', dueAt: NEXT },
    ],
  ] as const)('%s', (_title, recorded, copyId, expected) => {
    const { copyId: _, ...without } = task();
    const given = copyId === undefined ? without : { ...without, copyId };
    expect(followUp(attempt(recorded), given)).toEqual(expected);
  });
});
