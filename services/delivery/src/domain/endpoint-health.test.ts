import { disablingAnswer, healthChange } from './endpoint-health.ts';
import type { AttemptOutcome } from './next-step.ts';
import { ACCEPTED_AT, attempt, endpoint } from './task.fake.ts';

const DAYS = 24 * 60 * 60 * 1000;
const LIMIT = 5 * DAYS;
const AT = ACCEPTED_AT + 400;
const answered = (status: number): AttemptOutcome => ({ kind: 'answered', status, body: new Uint8Array() });
const failed = attempt({ attemptedAt: AT });
const succeeded = attempt({ attemptedAt: AT, succeeded: true, responseStatusCode: 200 });

describe('an attempt', () => {
  test.each([
    ['that succeeds changes nothing', succeeded, answered(200), {}, undefined],
    [
      'that succeeds ends a time of failure',
      succeeded,
      answered(200),
      { failingSince: 7 },
      { kind: 'recovered', since: 7 },
    ],
    [
      'that fails first begins a time of failure',
      failed,
      answered(500),
      { updatedAt: 'then' },
      { kind: 'fails', since: AT, asOf: { updatedAt: 'then' } },
    ],
    ['that fails again changes nothing', failed, answered(500), { failingSince: AT - LIMIT + 1 }, undefined],
    [
      'that fails after five days of nothing but failure disables the endpoint',
      failed,
      { kind: 'timed-out' },
      { failingSince: AT - LIMIT },
      { kind: 'disable', reason: 'failing', asOf: { updatedAt: endpoint().updatedAt }, since: AT - LIMIT },
    ],
    [
      'that reaches no allowed address is one that fails',
      failed,
      { kind: 'blocked' },
      {},
      { kind: 'fails', since: AT, asOf: { updatedAt: endpoint().updatedAt } },
    ],
    [
      'that was not made says nothing about the endpoint',
      failed,
      { kind: 'refused', reason: 'x' },
      { failingSince: 1 },
      undefined,
    ],
    [
      'that is answered 410 disables the endpoint',
      attempt({ attemptedAt: AT, responseStatusCode: 410, endpointAsOf: 'then' }),
      answered(410),
      {},
      { kind: 'disable', reason: 'gone', asOf: { updatedAt: 'then' } },
    ],
    [
      'whose receiver asks for it disables the endpoint, also when it succeeds',
      { ...succeeded, receiverAsks: 'disable', endpointAsOf: 'then' },
      answered(200),
      {},
      { kind: 'disable', reason: 'asked', asOf: { updatedAt: 'then' } },
    ],
    [
      'whose receiver wants no more of the message says nothing else about the endpoint',
      { ...succeeded, receiverAsks: 'abort-message' },
      answered(200),
      {},
      undefined,
    ],
  ] as const)('%s', (_title, record, outcome, fields, expected) => {
    expect(healthChange(record, outcome, endpoint(fields), LIMIT)).toEqual(expected);
  });

  test('of an endpoint that is gone changes nothing', () => {
    expect(healthChange(failed, answered(410), undefined, LIMIT)).toBeUndefined();
  });

  test('says by its record alone that the endpoint has to be disabled, for whoever reads it after a crash', () => {
    const gone = attempt({ responseStatusCode: 410, attemptedAt: AT, endpointAsOf: 'then' });
    expect(disablingAnswer(gone)).toEqual({ kind: 'disable', reason: 'gone', asOf: { updatedAt: 'then' } });
    expect(disablingAnswer(failed)).toBeUndefined();
  });

  test('whose record was written before records named the state of the endpoint is judged by its time', () => {
    const gone = attempt({ responseStatusCode: 410, attemptedAt: AT });
    expect(disablingAnswer(gone)).toEqual({ kind: 'disable', reason: 'gone', asOf: { attemptedAt: AT } });
  });
});
