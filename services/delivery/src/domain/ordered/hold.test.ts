import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import fc from 'fast-check';
import type { Admission } from '../admission.ts';
import { DISABLED_WATCH_MS } from '../park.ts';
import { ACCEPTED_AT, endpoint, REF, task } from '../task.fake.ts';
import { type HoldReason, holdOf, isHeld } from './hold.ts';
import { cursor, KEY } from './log.fake.ts';

const NOW = ACCEPTED_AT;
const UNTIL = NOW + 60_000;
const application = { kind: 'application-version', version: 3 } as const;
const wake = {
  v: 2,
  orgId: REF.orgId,
  appId: REF.appId,
  endpointId: REF.endpointId,
  orderingKey: KEY,
  number: 1,
} as const;
const breaker = { openedAt: 1, until: NOW + 30_000, probes: 0, reason: 'timed-out' };
const heldBy = (blockedBy: string, fields: Partial<EndpointRecord> = {}) => ({
  application,
  endpoint: endpoint({ orderedSince: 1, ...fields }),
  cursor: cursor({ blockedBy, blockedUntil: UNTIL }),
});
const REASONS: readonly HoldReason[] = ['retry', 'disabled', 'breaker', 'paused', 'rate', 'hole'];

describe('a log stands still', () => {
  test.each([
    ['until the next attempt is due', heldBy('retry'), true],
    ['until the slot that was reserved', heldBy('rate'), true],
    ['for a reason of a later version', heldBy('moonlight'), true],
    ['while its endpoint is disabled', heldBy('disabled', { disabled: true }), true],
    ['no longer when it is enabled', heldBy('disabled'), false],
    ['while the breaker is open', heldBy('breaker', { breaker }), true],
    ['no longer when it has closed', heldBy('breaker'), false],
    ['while its endpoint has asked for a pause', heldBy('paused', { pausedUntil: NOW + 1 }), true],
    ['no longer when the pause is over', heldBy('paused', { pausedUntil: NOW }), false],
    ['never for a number that may be used at any time', heldBy('hole'), false],
    ['not for an endpoint that is not ordered any more', heldBy('retry', { orderedSince: undefined } as never), false],
    ['not for one that is an ARN now', heldBy('retry', { url: 'arn:aws:sqs:us-east-1:123456789012:orders' }), false],
    ['not for one that was deleted', heldBy('retry', { deletedAt: '2026-01-01T00:00:00Z' }), false],
    ['not without a cursor', { application, endpoint: endpoint({ orderedSince: 1 }) }, false],
  ] as const)('%s', (_title, state, expected) => {
    expect(isHeld(state, wake, NOW)).toBe(expected);
  });

  test('for nobody when its time is over, and never for the look that was announced for it', () => {
    const states = fc.record({
      reason: fc.constantFrom(...REASONS),
      disabled: fc.boolean(),
      isOpen: fc.boolean(),
      skewMs: fc.integer({ min: -12_000, max: 12_000 }),
    });
    fc.assert(
      fc.property(states, ({ reason, disabled, isOpen, skewMs }) => {
        const state = heldBy(reason, { disabled, ...(isOpen ? { breaker } : {}), pausedUntil: UNTIL + 99_000 });
        expect(isHeld(state, wake, UNTIL)).toBe(false);
        expect(isHeld(state, { ...wake, wakeAt: UNTIL }, UNTIL + skewMs)).toBe(false);
        expect(isHeld(state, { ...wake, wakeAt: UNTIL - 1 }, UNTIL - 1)).toBe(isHeld(state, wake, UNTIL - 1));
      }),
    );
  });

  test('for a probe unless it waits for the breaker', () => {
    const probe = { ...wake, probe: true } as const;
    expect(isHeld(heldBy('breaker', { breaker }), probe, NOW)).toBe(false);
    expect(isHeld(heldBy('retry', { breaker }), probe, NOW)).toBe(true);
  });
});

describe('an attempt that is not admitted waits', () => {
  test.each([
    [
      'for a look every six hours while its endpoint is disabled',
      { kind: 'park', reason: 'disabled' },
      { reason: 'disabled', until: NOW + DISABLED_WATCH_MS },
    ],
    [
      'until after the breaker may be tried',
      { kind: 'park', reason: 'breaker' },
      { reason: 'breaker', until: breaker.until + 60_000 },
    ],
    [
      'some minutes where all slots are taken',
      { kind: 'park', reason: 'rate' },
      { reason: 'rate', until: NOW + 300_000 },
    ],
    [
      'until a pause is over',
      { kind: 'postpone', task: task(), delaySeconds: 7, lane: 'slow' },
      { reason: 'paused', until: NOW + 7_000 },
    ],
    [
      'until its slot, which it keeps',
      { kind: 'postpone', task: task({ slotAt: NOW + 7_500 }), delaySeconds: 7, lane: 'slow' },
      { reason: 'rate', until: NOW + 7_000, slotAt: NOW + 7_500 },
    ],
  ] as const)('%s', (_title, admission, expected) => {
    expect(holdOf(admission as Admission, endpoint({ breaker }), NOW)).toEqual(expected);
  });

  test('and one that is admitted does not', () => {
    expect(holdOf({ kind: 'attempt', waitMs: 300 }, endpoint(), NOW)).toBeUndefined();
  });
});
