import { type Admission, admitAll, type Candidate, HORIZON_BEHIND_PARKED_MS, HORIZON_MS } from './admission.ts';
import { fakeSlotTable } from './slot-table.fake.ts';
import type { SlotRequest } from './slots.ts';
import { ACCEPTED_AT, attempt, endpoint, state, task } from './task.fake.ts';

const NOW = ACCEPTED_AT + 1_000;
const breaker = { openedAt: NOW - 1, until: NOW + 30_000, probes: 0, reason: 'timed-out' };

const setUp = (nowMs = NOW) => {
  const reserved: SlotRequest[] = [];
  const reserve = fakeSlotTable();
  return {
    reserved,
    admit: (candidates: readonly Candidate[], lane: 'webhook' | 'slow' = 'webhook'): Promise<readonly Admission[]> =>
      admitAll(candidates, {
        reserveSlots: async (owner, request) => {
          reserved.push(request);
          return reserve(owner, request);
        },
        lane,
        now: () => nowMs,
        random: () => 0.5,
      }),
  };
};
const at = (fields: Parameters<typeof endpoint>[0], given = task()): Candidate => ({
  task: given,
  state: state({ endpoint: endpoint(fields) }),
});
const ATTEMPT = { kind: 'attempt', waitMs: 0 };

describe('a task is', () => {
  test.each([
    ['attempted at an endpoint without a limit', at({}), ATTEMPT],
    [
      'parked while its endpoint is disabled',
      at({ disabled: true }),
      { kind: 'park', task: task(), reason: 'disabled' },
    ],
    [
      'parked while the breaker of its endpoint is open',
      at({ breaker }),
      { kind: 'park', task: task(), reason: 'breaker' },
    ],
    ['attempted behind an open breaker as its probe', at({ breaker }, task({ probe: true })), ATTEMPT],
    [
      'parked although it is a probe, when its endpoint was disabled meanwhile',
      at({ breaker, disabled: true }, task({ probe: true })),
      { kind: 'park', task: task({ probe: true }), reason: 'disabled' },
    ],
    [
      'attempted behind an open breaker where it is asked for by hand',
      at({ breaker }, task({ trigger: 'manual' })),
      ATTEMPT,
    ],
    [
      'parked behind an open breaker as part of a replay, also by hand',
      at({ breaker }, task({ trigger: 'manual', replay: true })),
      { kind: 'park', task: task({ trigger: 'manual', replay: true }), reason: 'breaker' },
    ],
    ['attempted when the pause of its endpoint is over', at({ pausedUntil: NOW }), ATTEMPT],
    [
      'parked in the second pause that it meets',
      at({ pausedUntil: NOW + 5_000 }, task({ postponed: true })),
      { kind: 'park', task: task({ postponed: true }), reason: 'paused' },
    ],
    ['attempted when its slot is now', at({ throttleRate: 1 }, task({ slotAt: NOW })), ATTEMPT],
    ['attempted when its slot is just over', at({ throttleRate: 1 }, task({ slotAt: NOW - 600 })), ATTEMPT],
    [
      'attempted when it had to have another slot before, and comes a little late again',
      at({ throttleRate: 1 }, task({ slotAt: NOW - 6_000, late: 1 })),
      ATTEMPT,
    ],
    ['attempted when its slot is over and there is no rate any more', at({}, task({ slotAt: NOW - 60_000 })), ATTEMPT],
    [
      'held for its slot for less than a second',
      at({ throttleRate: 1 }, task({ slotAt: NOW + 400 })),
      { kind: 'attempt', waitMs: 400 },
    ],
    [
      'moved once to the slow lane where its endpoint is slow',
      at({ slowSince: 1 }),
      { kind: 'postpone', task: task(), delaySeconds: 0, lane: 'slow' },
    ],
  ])('%s, without a write', async (_title, candidate, expected) => {
    const { admit, reserved } = setUp();
    await expect(admit([candidate])).resolves.toEqual([expected]);
    expect(reserved).toEqual([]);
  });

  test('sent back for a pause, over which it loses its slot, and comes back after it with others spread around it', async () => {
    const given = task({ slotAt: NOW + 1 });
    const [admission] = await setUp().admit([at({ pausedUntil: NOW + 4_000, throttleRate: 1 }, given)]);
    expect(admission).toEqual({ kind: 'postpone', task: task({ postponed: true }), delaySeconds: 6, lane: 'webhook' });
  });

  test('attempted in the slow lane, if its endpoint is slow or not', async () => {
    await expect(setUp().admit([at({ slowSince: 1 }), at({})], 'slow')).resolves.toEqual([ATTEMPT, ATTEMPT]);
  });

  test.each([
    [
      'whose attempt stands',
      { task: task(), state: state({ standing: attempt(), endpoint: endpoint({ disabled: true }) }) },
    ],
    ['whose endpoint was deleted', at({ disabled: true, deletedAt: '2026-01-01T00:00:00Z' })],
    ['whose message has expired', at({ breaker }, task({ acceptedAt: NOW - 91 * 86_400_000 }))],
  ])('not kept for later %s', async (_title, candidate) => {
    await expect(setUp().admit([candidate])).resolves.toEqual([ATTEMPT]);
  });
});

describe('a rate', () => {
  const many = (count: number, rate: number): Candidate[] =>
    Array.from({ length: count }, (_, n) => at({ throttleRate: rate }, task({ messageId: `msg_${n}` })));

  test('costs one write for all tasks of a batch: near ones wait here, far ones in the queue with their slot', async () => {
    const { admit, reserved } = setUp();
    const admissions = await admit(many(4, 2));
    expect(reserved).toHaveLength(1);
    expect(admissions).toEqual([
      ATTEMPT,
      { kind: 'attempt', waitMs: 500 },
      { kind: 'attempt', waitMs: 1_000 },
      { kind: 'postpone', task: task({ messageId: 'msg_3', slotAt: NOW + 1_500 }), delaySeconds: 1, lane: 'webhook' },
    ]);
  });

  test('of fifty a second and more lets a task be a little early, so that functions seldom wait', async () => {
    const admissions = await setUp().admit(many(52, 50));
    const waits = admissions.map((admission) => (admission.kind === 'attempt' ? admission.waitMs : admission.kind));
    expect(waits.slice(0, 22)).toEqual([...Array(21).fill(0), 20]);
    expect(waits.slice(50)).toEqual([600, 'postpone']);
    const back = at({ throttleRate: 50 }, task({ slotAt: NOW + 900 }));
    await expect(setUp().admit([back])).resolves.toEqual([{ kind: 'attempt', waitMs: 500 }]);
  });

  test('is kept for what comes late: it has another slot reserved, and counts how often', async () => {
    const { admit } = setUp();
    await admit(many(5, 1));
    const late = at({ throttleRate: 1 }, task({ slotAt: NOW - 601 }));
    const again = at({ throttleRate: 1 }, task({ slotAt: NOW - 6_001, late: 1 }));
    expect(await admit([late, again])).toEqual([
      { kind: 'postpone', task: task({ slotAt: NOW + 5_000, late: 1 }), delaySeconds: 5, lane: 'webhook' },
      { kind: 'postpone', task: task({ slotAt: NOW + 6_000, late: 2 }), delaySeconds: 6, lane: 'webhook' },
    ]);
  });

  test('is not spent by what comes late when nobody else wants it: that is sent now', async () => {
    const late = at({ throttleRate: 1 }, task({ slotAt: NOW - 60_000 }));
    await expect(setUp().admit([late])).resolves.toEqual([ATTEMPT]);
  });

  test('does not put what comes late behind what is parked, unless it is spent far ahead', async () => {
    const { admit } = setUp();
    await admit(many(HORIZON_BEHIND_PARKED_MS / 1000, 1));
    const late = at({ throttleRate: 1, wakeAt: NOW + 1 }, task({ slotAt: NOW - 601 }));
    await expect(admit([late])).resolves.toMatchObject([{ kind: 'postpone', task: { late: 1 } }]);
    await admit(many(HORIZON_MS / 1000, 1));
    await expect(admit([late])).resolves.toEqual([{ kind: 'park', task: task({ late: 1 }), reason: 'rate' }]);
  });

  test('of an application holds back what its endpoints would let through', async () => {
    const application = { kind: 'application-version', version: 3, throttleRate: 1 } as const;
    const candidates = ['ep_1', 'ep_2', 'ep_3'].map((endpointId) => ({
      task: task({ endpointId }),
      state: state({ application, endpoint: endpoint({ throttleRate: 100 }) }),
    }));
    const { admit, reserved } = setUp();
    expect(await admit(candidates)).toMatchObject([ATTEMPT, { waitMs: 1_000 }, { kind: 'postpone', delaySeconds: 2 }]);
    expect(reserved.map(({ count }) => count)).toEqual([1, 1, 1, 3]);
  });

  test('that is spent far ahead parks, sooner where others are parked already', async () => {
    const { admit } = setUp();
    await admit(many(HORIZON_BEHIND_PARKED_MS / 1000, 1));
    const behind = at({ throttleRate: 1, wakeAt: NOW + 1 });
    await expect(admit([behind])).resolves.toMatchObject([{ kind: 'park', reason: 'rate' }]);
    await expect(admit(many(1, 1))).resolves.toMatchObject([{ kind: 'postpone' }]);
    await admit(many(HORIZON_MS / 1000, 1));
    await expect(admit(many(1, 1))).resolves.toMatchObject([{ kind: 'park', reason: 'rate' }]);
  });
});
