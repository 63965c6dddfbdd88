import { endpointPressure, type Observation } from './endpoint-pressure.ts';
import type { AttemptOutcome } from './next-step.ts';
import { PRESSURE } from './pressure-settings.fake.ts';
import { endpoint } from './task.fake.ts';

const NOW = 1_800_000_000_000;
const SETTINGS = { ...PRESSURE, breakerFailures: 3, breakerLongestSeconds: 100 };
const answered = (status: number, retryAfterSeconds?: number): AttemptOutcome => ({
  kind: 'answered',
  status,
  body: new Uint8Array(),
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
const breaker = { openedAt: NOW - 30_000, until: NOW, probes: 0, reason: 'timed-out' };
const observed = (fields: Partial<Observation> = {}): Observation => ({
  endpoint: endpoint(),
  key: 'org app ep',
  outcome: answered(200),
  durationMs: 20,
  isProbe: false,
  nowMs: NOW,
  random: 0.5,
  ...fields,
});
const failed = (fields: Partial<Observation> = {}) => observed({ outcome: answered(500), ...fields });

/** What the observations bring about, one after the other. */
const found = (...observations: readonly Observation[]) => {
  const observe = endpointPressure(SETTINGS);
  return observations.map((one) => observe(one)).at(-1);
};
const times = (count: number, one: Observation): Observation[] => Array(count).fill(one);

describe('the circuit breaker', () => {
  const OPENED = {
    kind: 'open-breaker',
    breaker: { openedAt: NOW, until: NOW + 30_000, probes: 0, reason: 'answered 500' },
    seen: undefined,
  };

  test('opens by failures in a row, and by no fewer', () => {
    expect(found(...times(2, failed()))).toEqual([]);
    expect(found(...times(3, failed()))).toEqual([OPENED]);
  });

  test('begins to count anew when the endpoint has another URL', () => {
    const moved = endpoint({ url: 'https://elsewhere.example/hooks' });
    expect(found(...times(2, failed()), failed({ endpoint: moved }))).toEqual([]);
    expect(found(...times(2, failed()), ...times(3, failed({ endpoint: moved })))).toEqual([OPENED]);
    // A failure of the old one may come late.
    expect(found(...times(2, failed({ endpoint: moved })), failed())).toEqual([]);
  });

  test.each([
    ['an answer that is no fault of the server', answered(404)],
    ['a success', answered(204)],
  ])('does not open where %s comes in between', (_title, outcome) => {
    expect(found(...times(2, failed()), observed({ outcome }), ...times(2, failed()))).toEqual([]);
  });

  test.each([
    ['no answer in time', { kind: 'timed-out' } as const, 'timed-out'],
    ['no connection', { kind: 'unreachable', reason: 'the connection was refused' } as const, 'unreachable'],
    ['an address that is not allowed', { kind: 'blocked' } as const, 'blocked'],
  ])('counts %s', (_title, outcome, reason) => {
    const transitions = found(...times(3, failed({ outcome }))) ?? [];
    expect(transitions).toContainEqual(
      expect.objectContaining({ kind: 'open-breaker', breaker: expect.objectContaining({ reason }) }),
    );
  });

  describe('of an endpoint that nobody has had a success from for half a minute', () => {
    const dead = endpoint({ failingSince: NOW - 30_000 });
    const at = (ms: number, fields: Partial<Observation> = {}) =>
      failed({ endpoint: dead, nowMs: NOW + ms, ...fields });

    test('opens by two failures that one environment sees', () => {
      expect(found(at(0))).toEqual([]);
      expect(found(at(0), at(120_000))).toMatchObject([{ kind: 'open-breaker' }]);
    });

    test('does not open by failures that are minutes apart: that would cost more than they do', () => {
      expect(found(at(0), at(120_001))).toEqual([]);
      expect(found(at(0), at(120_001), at(120_002))).toMatchObject([{ kind: 'open-breaker' }]);
    });

    test('does not open where an answer comes in between', () => {
      expect(found(at(0), at(1, { outcome: answered(404) }), at(2))).toEqual([]);
    });

    test('does not open by a shorter time of failure', () => {
      const failing = endpoint({ failingSince: NOW - 29_999 });
      expect(found(...times(2, failed({ endpoint: failing })))).toEqual([]);
    });

    test('opens after as many attempts as there are environments and one more, however few tasks each of them sees', () => {
      const environments = Array.from({ length: 50 }, () => endpointPressure({ ...SETTINGS, breakerFailures: 10 }));
      const opened = Array.from({ length: 500 }, (_, n) => {
        const observe = environments[n % environments.length];
        return observe?.(at(n * 1_000)) ?? [];
      });
      expect(opened.findIndex(({ length }) => length > 0)).toBe(environments.length);
    });
  });

  test('does not count what was never sent', () => {
    expect(found(...times(9, observed({ outcome: { kind: 'refused', reason: 'gone' } })))).toEqual([]);
  });

  test('counts each endpoint by itself', () => {
    expect(found(...times(2, failed()), failed({ key: 'other' }))).toEqual([]);
  });

  test('stays open twice as long after each probe that fails, to a limit', () => {
    const open = (probes: number) => ({ ...breaker, probes });
    const next = (probes: number) => found(failed({ isProbe: true, endpoint: endpoint({ breaker: open(probes) }) }));
    expect(next(0)).toEqual([
      {
        ...OPENED,
        breaker: { ...OPENED.breaker, openedAt: breaker.openedAt, until: NOW + 60_000, probes: 1 },
        seen: open(0),
      },
    ]);
    expect(next(5)).toMatchObject([{ breaker: { until: NOW + 100_000, probes: 6 } }]);
  });

  test('is left alone by failures of tasks that were under way when it opened', () => {
    expect(found(...times(9, failed({ endpoint: endpoint({ breaker }) })))).toEqual([]);
  });

  test('closes by an answer', () => {
    const probe = observed({ isProbe: true, endpoint: endpoint({ breaker }) });
    expect(found(probe)).toEqual([{ kind: 'close-breaker', seen: breaker }]);
  });
});

describe('a pause', () => {
  test.each([429, 502, 504])('follows %d, for as long as it is asked for', (status) => {
    expect(found(observed({ outcome: answered(status, 30) }))).toContainEqual({ kind: 'pause', until: NOW + 30_000 });
    expect(found(observed({ outcome: answered(status) }))).toContainEqual({ kind: 'pause', until: NOW + 5_000 });
  });

  test('has a limit, and is not written again where it makes little difference', () => {
    expect(found(observed({ outcome: answered(429, 86_400) }))).toEqual([{ kind: 'pause', until: NOW + 600_000 }]);
    const paused = endpoint({ pausedUntil: NOW + 29_500 });
    expect(found(observed({ outcome: answered(429, 30), endpoint: paused }))).toEqual([]);
  });

  test('follows nothing else', () => {
    for (const status of [200, 400, 500, 503]) expect(found(observed({ outcome: answered(status, 30) }))).toEqual([]);
  });
});

describe('an endpoint', () => {
  const slow = observed({ durationMs: 6_000 });

  test('counts as slow when it has been more often slow than quick, five times more', () => {
    expect(found(...times(4, slow))).toEqual([]);
    expect(found(...times(5, slow))).toEqual([{ kind: 'slow', since: NOW }]);
    expect(found(...times(4, slow), observed(), slow)).toEqual([]);
    const moved = endpoint({ url: 'https://elsewhere.example/hooks' });
    expect(found(...times(4, slow), { ...slow, endpoint: moved })).toEqual([]);
  });

  test('counts as slow when it does not answer in time', () => {
    const hanging = observed({ outcome: { kind: 'timed-out' }, durationMs: 15_000 });
    expect(found(...times(5, hanging))).toContainEqual({ kind: 'slow', since: NOW });
  });

  test('counts as quick again after twenty quick answers in a row', () => {
    const recovered = observed({ endpoint: endpoint({ slowSince: 1 }) });
    const stillSlow = { ...slow, endpoint: endpoint({ slowSince: 1 }) };
    expect(found(...times(19, recovered))).toEqual([]);
    expect(found(...times(20, recovered))).toEqual([{ kind: 'quick' }]);
    expect(found(...times(19, recovered), stillSlow, ...times(19, recovered))).toEqual([]);
  });
});
