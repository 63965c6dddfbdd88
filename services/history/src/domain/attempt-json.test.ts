import { attemptText, nextAttemptOf, statusOfDelivery } from './attempt-json.ts';
import type { Attempt } from './history.ts';

const attempt: Attempt = {
  ...{ kind: 'attempt', id: 'atmpt_1', attempt: 1, messageId: 'msg_1', endpointId: 'ep_1', trigger: 'scheduled' },
  ...{ succeeded: true, outcome: 'answered', responseStatusCode: 204, response: 'thank you', responseDurationMs: 12 },
  ...{ url: 'https://example.com/hook', eventType: 'user.created', attemptedAt: 1_795_452_630_479, expiresAt: 0 },
};
const shown = (more: Partial<Attempt> = {}, withContent = true) =>
  JSON.parse(attemptText({ ...attempt, ...more }, withContent));

test('an attempt has every field that clients insist on', () => {
  expect(shown()).toEqual({
    id: 'atmpt_1',
    msgId: 'msg_1',
    endpointId: 'ep_1',
    url: 'https://example.com/hook',
    status: 0,
    statusText: 'success',
    triggerType: 0,
    responseStatusCode: 204,
    responseDurationMs: 12,
    response: 'thank you',
    timestamp: '2026-11-23T16:50:30.479Z',
  });
});

test('a failed attempt is a failure, whether another one follows or not', () => {
  expect(shown({ succeeded: false })).toMatchObject({ status: 2, statusText: 'fail' });
  expect(shown({ succeeded: false, nextAttemptAt: 1 })).toMatchObject({ status: 2, statusText: 'fail' });
});

test('an attempt without an answer has the code 0 and says why', () => {
  const refused = {
    succeeded: false,
    outcome: 'refused',
    responseStatusCode: 0,
    response: 'not a public address',
  } as const;
  expect(shown(refused)).toMatchObject({ responseStatusCode: 0, response: 'not a public address' });
});

test('an attempt that somebody asked for is told apart', () => {
  expect(shown({ trigger: 'manual' }).triggerType).toBe(1);
});

test('an answer that was not asked for is an empty object, as text', () => {
  expect(shown({}, false).response).toBe('{}');
});

test.each([
  ['succeeded', { succeeded: true }, 'success'],
  ['failed, with another attempt due', { succeeded: false, nextAttemptAt: 1 }, 'sending'],
  ['failed for the last time', { succeeded: false }, 'fail'],
] as const)('a delivery whose newest attempt %s is %p: %s', (_title, more, status) => {
  expect(statusOfDelivery({ ...attempt, ...more })).toBe(status);
});

test('the next attempt is a time, or null when none follows', () => {
  expect(nextAttemptOf({ ...attempt, nextAttemptAt: 1_795_452_630_479 })).toBe('2026-11-23T16:50:30.479Z');
  expect(nextAttemptOf(attempt)).toBeNull();
});
