import { domainEvent } from '@fanfare/events/domain-event';
import { attemptEvents } from './attempt-events.ts';
import { application, endpoint, failedAttempt, messageId, recorded } from './changes.fake.ts';

const typesOf = (change: Parameters<typeof attemptEvents>[0]) => attemptEvents(change).map(({ event }) => event.type);

describe('an attempt is announced', () => {
  test.each([
    ['as nothing when it is the first and succeeds', recorded(), []],
    ['as nothing when it fails and three failed at most', failedAttempt(3, 'retried'), []],
    ['as failing when it is the fourth that fails', failedAttempt(4, 'retried'), ['message.attempt.failing']],
    ['as nothing when it is the fifth that fails: it was said', failedAttempt(5, 'retried'), []],
    ['as exhausted when none follows', failedAttempt(9, 'given-up'), ['message.attempt.exhausted']],
    ['as exhausted when the first is the last', failedAttempt(1, 'given-up'), ['message.attempt.exhausted']],
    [
      'as failing and exhausted when the fourth is the last',
      failedAttempt(4, 'given-up'),
      ['message.attempt.failing', 'message.attempt.exhausted'],
    ],
    ['as nothing when the fourth succeeds: nothing was said before', recorded({ attempt: 4 }), []],
    ['as recovered when a later one succeeds', recorded({ attempt: 5 }), ['message.attempt.recovered']],
    ['as nothing when it was asked for by hand and fails', failedAttempt(1, 'given-up', { trigger: 'manual' }), []],
    ['as nothing when it was asked for by hand and succeeds', recorded({ attempt: 6, trigger: 'manual' }), []],
  ] as const)('%s', (_title, change, expected) => {
    expect(typesOf(change)).toEqual(expected);
  });
});

describe('what is announced of an attempt', () => {
  const given = { id: 'atmpt_7', attemptedAt: Date.parse('2026-11-25T03:04:05.678Z') };
  const [announced] = attemptEvents(failedAttempt(4, 'retried', given));

  test('is what an operational webhook carries, and of the published shape', () => {
    expect(announced?.event).toMatchObject({
      v: 1,
      timestamp: '2026-11-25T03:04:05.678Z',
      orgId: application.orgId,
      data: {
        appId: application.appId,
        endpointId: endpoint().endpointId,
        msgId: messageId(),
        lastAttempt: { id: 'atmpt_7', responseStatusCode: 500, timestamp: '2026-11-25T03:04:05.678Z' },
      },
    });
    expect(domainEvent.parse(announced?.event)).toEqual(announced?.event);
  });

  test('has the same id whenever it is told, and another one for all else', () => {
    const idsOf = (...changes: Parameters<typeof attemptEvents>[0][]) =>
      changes.flatMap(attemptEvents).map(({ event }) => event.id);
    expect(idsOf(failedAttempt(4, 'retried', { ...given, sequence: 99 }))).toEqual([announced?.event.id]);
    const all = idsOf(
      failedAttempt(4, 'given-up'),
      failedAttempt(5, 'given-up'),
      failedAttempt(4, 'retried', { endpoint: 2 }),
      failedAttempt(4, 'retried', { messageId: messageId(undefined, 2) }),
      recorded({ attempt: 5 }),
    );
    expect(new Set(all).size).toBe(6);
    expect(announced?.event.id).toMatch(/^evt_[\w-]{22}$/);
  });
});
