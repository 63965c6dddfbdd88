import { failedAttempt, HOUR_MS, messageId, NOW_MS, recorded } from './changes.fake.ts';
import { sumOf } from './counted-once.ts';
import { tallies } from './tally.ts';

const counted = (...attempts: Parameters<typeof tallies>[0]) =>
  Object.fromEntries(
    tallies(attempts).map(({ hour, contributions }) => [
      hour,
      sumOf(['delivered', 'failed', 'exhausted', 'waiting'], contributions),
    ]),
  );
const NOTHING = { delivered: 0, failed: 0, exhausted: 0, waiting: 0 };

describe('attempts', () => {
  test('of one endpoint in one hour come to one row, whatever their messages', () => {
    const attempts = Array.from({ length: 100 }, (_, n) => recorded({ sequence: n, messageId: messageId(NOW_MS, n) }));
    expect(tallies(attempts)).toHaveLength(1);
    expect(counted(...attempts)).toEqual({ '2026-11-25T03': { ...NOTHING, delivered: 100 } });
  });

  test('of two endpoints come to two rows', () => {
    expect(tallies([recorded(), recorded({ endpoint: 2 })])).toHaveLength(2);
  });

  test('count in the hour they were made in', () => {
    expect(counted(recorded({ attemptedAt: NOW_MS - 1 }), recorded({ attemptedAt: NOW_MS }))).toEqual({
      '2026-11-25T02': { ...NOTHING, delivered: 1 },
      '2026-11-25T03': { ...NOTHING, delivered: 1 },
    });
  });

  test('that failed for the last time are given up', () => {
    expect(counted(failedAttempt(1, 'given-up'))).toEqual({ '2026-11-25T03': { ...NOTHING, failed: 1, exhausted: 1 } });
  });

  test('that were asked for by hand are attempts, and neither given up nor waited for', () => {
    const manual = { trigger: 'manual', messageId: messageId(NOW_MS - HOUR_MS) } as const;
    expect(counted(failedAttempt(1, 'given-up', manual), recorded(manual))).toEqual({
      '2026-11-25T03': { ...NOTHING, delivered: 1, failed: 1 },
    });
  });

  test('that are to be made wait in the hour of their message, until they are made', () => {
    const message = { messageId: messageId(NOW_MS - 2 * HOUR_MS) };
    const first = failedAttempt(1, 'retried', message);
    const second = failedAttempt(2, 'retried', message);
    expect(counted(first)['2026-11-25T01']).toEqual({ ...NOTHING, waiting: 1 });
    expect(counted(first, second)['2026-11-25T01']).toEqual({ ...NOTHING, waiting: 1 });
    for (const last of [recorded({ attempt: 3, ...message }), failedAttempt(3, 'given-up', message)]) {
      expect(counted(first, second, last)['2026-11-25T01']).toEqual(NOTHING);
    }
  });
});
