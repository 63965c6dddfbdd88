import fc from 'fast-check';
import { nextStep } from './next-step.ts';

const policy = { delaysSeconds: [5, 300, 1800] };
const MIDDLE = 0.5;
const answered = (status: number, retryAfterSeconds?: number) =>
  ({
    kind: 'answered',
    status,
    body: new Uint8Array(),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }) as const;

describe('what follows an attempt', () => {
  test.each([
    ['any 2xx is delivered', answered(204), 1, { kind: 'delivered' }],
    ['a redirect is a failure: it is never followed', answered(302), 1, { kind: 'retry', delaySeconds: 5 }],
    [
      'a client error is repeated: receivers are often wrong about it',
      answered(404),
      1,
      { kind: 'retry', delaySeconds: 5 },
    ],
    ['410 is final, even on the first attempt', answered(410), 1, { kind: 'give-up', reason: 'gone' }],
    ['Retry-After lengthens the wait', answered(429, 8), 1, { kind: 'retry', delaySeconds: 8 }],
    ['no answer in time is repeated', { kind: 'timed-out' }, 2, { kind: 'retry', delaySeconds: 300 }],
    ['no connection is repeated', { kind: 'unreachable', reason: 'x' }, 1, { kind: 'retry', delaySeconds: 5 }],
    [
      'an address that is not allowed is repeated: names change',
      { kind: 'blocked' },
      1,
      { kind: 'retry', delaySeconds: 5 },
    ],
    ['a deleted endpoint is final', { kind: 'refused', reason: 'x' }, 1, { kind: 'give-up', reason: 'refused' }],
    ['a wait longer than a queue can hold is kept', answered(500), 3, { kind: 'retry', delaySeconds: 1800 }],
    ['the attempt after the last wait is final', answered(500), 4, { kind: 'give-up', reason: 'schedule-ended' }],
    ['a success after the last wait is a success', answered(200), 4, { kind: 'delivered' }],
  ] as const)('%s', (_title, outcome, attempt, expected) => {
    expect(nextStep(outcome, attempt, policy, MIDDLE)).toEqual(expected);
  });

  test('only 2xx is delivered', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        const isDelivered = nextStep(answered(status), 1, policy, MIDDLE).kind === 'delivered';
        expect(isDelivered).toBe(String(status).startsWith('2'));
      }),
    );
  });
});
