import { laneOf } from '@fanfare/events/delivery-task';
import type { Admission } from './admission.ts';
import { endpointPressure, type Transition } from './endpoint-pressure.ts';
import { type HandlePorts, handleTask } from './handle-task.ts';
import { parkFor } from './park.ts';
import { fakeParkStore } from './park-store.fake.ts';
import { PRESSURE } from './pressure-settings.fake.ts';
import { ACCEPTED_AT, attempt, endpoint, REF, state, task } from './task.fake.ts';

const POLICY = { delaysSeconds: [5] };
const NOW = ACCEPTED_AT + 1_000;
const ATTEMPT: Admission = { kind: 'attempt', waitMs: 0 };
const breaker = { openedAt: ACCEPTED_AT, until: NOW, probes: 0, reason: 'timed-out' };

const setUp = (status = 200) => {
  const store = fakeParkStore();
  const steps: string[] = [];
  const unwritten: string[] = [];
  let copies = 0;
  const park = parkFor({ ...store, sendWake: async () => void steps.push('wake'), now: () => NOW });
  const ports: HandlePorts = {
    ...store,
    openSecrets: async () => [new Uint8Array(32)],
    send: async () => {
      steps.push('send');
      return { kind: 'answered', status, body: new Uint8Array() };
    },
    record: async (_task, record) => {
      steps.push('record');
      return record;
    },
    lane: 'webhook',
    openHeaders: async () => ({}),
    admissionOf: () => ATTEMPT,
    scheduleRetry: async (retry, delaySeconds) =>
      void steps.push(
        `${retry.attempt} ${retry.copyId} in ${delaySeconds} s, ${laneOf(retry)}, hop ${retry.hops ?? 0}`,
      ),
    keepUntilDue: async () => undefined,
    changeHealth: async () => 'superseded',
    failingLimitMs: 1_000_000,
    park: (given, reason, at) => park(given, reason, at, { lane: 'webhook' }),
    sendWake: async ({ wakeAt }) => void steps.push(`wake at ${wakeAt - NOW}`),
    observe: endpointPressure({ ...PRESSURE, breakerFailures: 1 }),
    sleep: async (ms) => void steps.push(`sleep ${ms}`),
    onUnwritten: ({ kind }) => void unwritten.push(kind),
    now: () => NOW,
    random: () => 0.5,
    mintAttemptId: () => 'atmpt_1',
    mintCopyId: () => `copy-${copies++}`,
  };
  const handle = (admission: Admission, fields: Parameters<typeof endpoint>[0] = {}, given = task()) =>
    handleTask(given, state({ endpoint: endpoint(fields) }), POLICY, { ...ports, admissionOf: () => admission });
  return { store, steps, unwritten, ports, handle };
};
const put = async ({ store }: ReturnType<typeof setUp>, fields: Parameters<typeof endpoint>[0] = {}) =>
  store.putEndpoint(REF, endpoint(fields));

describe('a task', () => {
  test('waits for its slot before it is sent', async () => {
    const world = setUp();
    await world.handle({ kind: 'attempt', waitMs: 400 });
    expect(world.steps).toEqual(['sleep 400', 'send', 'record']);
  });

  test('that is put off goes back as the copy that it is, one hop further, and nothing is recorded', async () => {
    const world = setUp();
    const admission: Admission = { kind: 'postpone', task: task({ copyId: 'mine' }), delaySeconds: 7, lane: 'slow' };
    await expect(world.handle(admission)).resolves.toEqual({ kind: 'postponed', delaySeconds: 7, lane: 'slow' });
    expect(world.steps).toEqual(['1 mine in 7 s, slow, hop 1']);
  });

  test('that is parked is kept, and nothing is sent or recorded', async () => {
    const world = setUp();
    await put(world);
    await world.handle({ kind: 'park', task: task(), reason: 'disabled' });
    expect(world.steps).toEqual(['wake']);
    expect([...world.store.parked.values()]).toMatchObject([{ reason: 'disabled', attributes: { lane: 'webhook' } }]);
  });

  test('whose attempt stands by now is dropped, whatever was decided before', async () => {
    const world = setUp();
    const admissionOf = (): Admission => ({ kind: 'park', task: task(), reason: 'disabled' });
    const stands = state({ standing: attempt() });
    await expect(handleTask(task(), stands, POLICY, { ...world.ports, admissionOf })).resolves.toMatchObject({
      kind: 'dropped',
    });
    expect(world.store.parked.size).toBe(0);
  });

  test('of which a copy was parked meanwhile is parked once', async () => {
    const world = setUp();
    await put(world);
    await world.handle({ kind: 'park', task: task(), reason: 'disabled' });
    await world.handle({ kind: 'park', task: task(), reason: 'disabled' }, {}, task({ copyId: 'other' }));
    expect(world.store.parked.size).toBe(1);
  });
});

describe('an attempt', () => {
  test('that succeeds writes nothing of its endpoint', async () => {
    const world = setUp();
    await put(world);
    const before = await world.store.readState(REF);
    await expect(world.handle(ATTEMPT)).resolves.not.toHaveProperty('changes');
    await expect(world.store.readState(REF)).resolves.toEqual(before);
    expect(world.steps).toEqual(['send', 'record']);
  });

  test('that is one failure too many opens the breaker, after it is recorded and its retry scheduled', async () => {
    const world = setUp(500);
    await put(world);
    await expect(world.handle(ATTEMPT)).resolves.toMatchObject({ kind: 'attempted', changes: ['open-breaker'] });
    expect(world.steps).toEqual(['send', 'record', '2 copy-0 in 5 s, webhook, hop 0', 'wake at 30000']);
    await expect(world.store.readState(REF)).resolves.toMatchObject({ endpoint: { wakeAt: NOW + 30_000 } });
  });

  test('as a probe that is answered closes the breaker and has the parked tasks looked at', async () => {
    const world = setUp();
    await put(world, { breaker });
    await expect(world.handle(ATTEMPT, { breaker }, task({ probe: true }))).resolves.toMatchObject({
      changes: ['close-breaker'],
    });
    expect(world.steps).toEqual(['send', 'record', 'wake at 0']);
    const { endpoint: now } = await world.store.readState(REF);
    expect(now?.breaker).toBeUndefined();
    expect(now?.wakeAt).toBe(NOW);
  });

  test('that finds what somebody else has found first tells nothing', async () => {
    const world = setUp(500);
    await put(world, { breaker });
    await expect(world.handle(ATTEMPT)).resolves.toMatchObject({ kind: 'attempted', changes: [] });
  });

  const FOUND: Transition[] = [
    { kind: 'pause', until: NOW + 5_000 },
    { kind: 'open-breaker', breaker, seen: undefined },
    { kind: 'slow', since: NOW },
    { kind: 'quick' },
  ];
  test.each(FOUND)(
    'whose endpoint is moved meanwhile leaves the new URL without a $kind of the old one',
    async (one) => {
      const fields = one.kind === 'quick' ? { slowSince: 1 } : {};
      const world = setUp();
      const ports = { ...world.ports, observe: () => [one] };
      const attempted = state({ endpoint: endpoint(fields) });
      const moved = endpoint({ ...fields, url: 'https://elsewhere.example/in', wakeAt: NOW + 60_000 });
      const send = async (...given: Parameters<HandlePorts['send']>) => {
        await world.store.putEndpoint(REF, moved);
        return ports.send(...given);
      };
      await put(world, fields);
      await expect(handleTask(task(), attempted, POLICY, { ...ports, send })).resolves.toMatchObject({ changes: [] });
      await expect(world.store.readState(REF)).resolves.toEqual({ endpoint: moved });
      expect(world.unwritten).toEqual([]);

      await put(world, fields);
      await expect(handleTask(task(), attempted, POLICY, ports)).resolves.toMatchObject({ changes: [one.kind] });
    },
  );

  test('whose finding cannot be written stands all the same', async () => {
    const world = setUp(500);
    const openBreaker = () => Promise.reject(new Error('throttled'));
    await expect(handleTask(task(), state(), POLICY, { ...world.ports, openBreaker })).resolves.toMatchObject({
      kind: 'attempted',
      changes: [],
    });
    expect(world.unwritten).toEqual(['open-breaker']);
  });

  test('after this one has nothing of what was decided for this one', async () => {
    const retried: unknown[] = [];
    const world = setUp(500);
    const given = task({ slotAt: NOW, postponed: true, probe: true, hops: 3 });
    const scheduleRetry = async (retry: unknown) => void retried.push(retry);
    await handleTask(given, state(), POLICY, { ...world.ports, scheduleRetry });
    expect(retried).toEqual([task({ attempt: 2, copyId: 'copy-0' })]);
  });
});
