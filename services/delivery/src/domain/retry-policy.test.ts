import fc from 'fast-check';
import { parseRetryPolicy, retryDelay, scheduleFor } from './retry-policy.ts';

const policy = { delaysSeconds: [5, 300, 900, 86_400] };
const MIDDLE = 0.5;

describe('the retry schedule', () => {
  test('is a JSON list of whole seconds', () => {
    expect(parseRetryPolicy('[5, 300]')).toEqual({ delaysSeconds: [5, 300] });
  });

  test.each(['', 'none', '{}', '[1.5]', '[-1]', '["5"]', '[604801]', '{"default":[5]}', '{"eventTypes":{}}', 'null'])(
    'is refused when it is %j',
    (text) => {
      expect(() => parseRetryPolicy(text)).toThrow();
    },
  );

  test('of an event type is its own, and the stage’s for every other', () => {
    const policy = parseRetryPolicy('{"default":[5,300],"eventTypes":{"invoice.paid":[1],"audit.logged":[]}}');
    const delays = (eventType: string) => scheduleFor(policy, eventType).delaysSeconds;
    expect(delays('invoice.paid')).toEqual([1]);
    expect(delays('audit.logged')).toEqual([]);
    expect(delays('invoice')).toEqual([5, 300]);
    expect(delays('constructor')).toEqual([5, 300]);
  });

  test('that is wrong in one place says where', () => {
    const text = '{"default":[5],"eventTypes":{"invoice.paid":[5,1.5]}}';
    expect(() => parseRetryPolicy(text)).toThrow('eventTypes.invoice.paid.1: must be whole seconds');
  });
});

describe('the wait before the next attempt', () => {
  test.each([
    ['is the schedule’s own, without jitter', 2, MIDDLE, undefined, { kind: 'wait', seconds: 300 }],
    ['is a fifth shorter at least jitter', 2, 0, undefined, { kind: 'wait', seconds: 240 }],
    ['is a fifth longer at most jitter', 2, 1, undefined, { kind: 'wait', seconds: 360 }],
    ['is what the endpoint asks for, if that is longer', 2, MIDDLE, 400, { kind: 'wait', seconds: 400 }],
    ['is not shortened by the endpoint', 2, MIDDLE, 1, { kind: 'wait', seconds: 300 }],
    ['is at most doubled by the endpoint', 2, MIDDLE, 86_400, { kind: 'wait', seconds: 600 }],
    ['may be a day', 4, MIDDLE, undefined, { kind: 'wait', seconds: 86_400 }],
    ['of a day is at most doubled by the endpoint', 4, MIDDLE, 31_536_000, { kind: 'wait', seconds: 172_800 }],
    ['does not exist after the last one', 5, MIDDLE, undefined, { kind: 'schedule-ended' }],
  ] as const)('%s', (_title, attempt, jitter, retryAfter, expected) => {
    expect(retryDelay(attempt, policy, jitter, retryAfter)).toEqual(expected);
  });

  const attempts = fc.integer({ min: 1, max: 30 });
  const policies = fc.array(fc.nat(604_800), { maxLength: 24 }).map((delaysSeconds) => ({ delaysSeconds }));
  const jitters = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test('is whole seconds, within a fifth below and twice the schedule’s', () => {
    fc.assert(
      fc.property(
        attempts,
        policies,
        jitters,
        fc.option(fc.nat(), { nil: undefined }),
        (attempt, any, jitter, after) => {
          const delay = retryDelay(attempt, any, jitter, after);
          if (delay.kind !== 'wait') return;
          const base = any.delaysSeconds[attempt - 1] ?? Number.NaN;
          expect(Number.isInteger(delay.seconds)).toBe(true);
          expect(delay.seconds).toBeGreaterThanOrEqual(Math.floor(base * 0.8));
          expect(delay.seconds).toBeLessThanOrEqual(Math.max(base * 2, Math.round(base * 1.2)));
        },
      ),
    );
  });

  test('ends: no schedule makes an endpoint be called for ever', () => {
    fc.assert(
      fc.property(policies, jitters, (any, jitter) => {
        expect(retryDelay(any.delaysSeconds.length + 1, any, jitter)).toEqual({ kind: 'schedule-ended' });
      }),
    );
  });
});
