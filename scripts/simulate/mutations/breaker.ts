import type { Mutation } from './mutation.ts';

const DELIVERY = 'services/delivery/src/domain';

/** Breakers, pauses and the slow lane. */
export const BREAKER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'closes-the-breaker-although-the-probe-failed',
    file: `${DELIVERY}/endpoint-pressure.ts`,
    text: '  if (isAlive) {\n    health.failures = 0;',
    by: '  if (isAlive || isProbe) {\n    health.failures = 0;',
  },
  {
    name: 'opens-a-breaker-one-failure-early',
    file: `${DELIVERY}/endpoint-pressure.ts`,
    text: 'health.failures >= settings.breakerFailures',
    by: 'health.failures + 1 >= settings.breakerFailures',
  },
  {
    name: 'sends-although-the-breaker-is-open',
    file: `${DELIVERY}/gate.ts`,
    text: `  if (endpoint.breaker !== undefined) return { kind: 'park', reason: 'breaker' };\n`,
    by: '',
  },
  {
    name: 'opens-the-breaker-before-it-announces-a-look',
    file: `${DELIVERY}/apply-transition.ts`,
    text: `      await ports.sendWake({ v: 1, ...ref, wakeAt: transition.breaker.until });
      return ports.openBreaker(at, transition.breaker, transition.seen);
`,
    by: `      if (!(await ports.openBreaker(at, transition.breaker, transition.seen))) return false;
      await ports.sendWake({ v: 1, ...ref, wakeAt: transition.breaker.until });
      return true;
`,
  },
  {
    name: 'closes-the-breaker-and-tells-nobody',
    file: `${DELIVERY}/apply-transition.ts`,
    text: `      await ports.sendWake({ v: 1, ...ref, wakeAt });\n`,
    by: '',
  },
  {
    name: 'parks-what-is-to-try-the-endpoint',
    file: `${DELIVERY}/gate.ts`,
    text: '  if (task.probe) return OPEN;\n',
    by: '',
  },
  {
    name: 'sends-to-an-endpoint-that-asked-for-a-pause',
    file: `${DELIVERY}/gate.ts`,
    text: 'if (endpoint.pausedUntil !== undefined && endpoint.pausedUntil > nowMs)',
    by: 'if (endpoint.pausedUntil !== undefined && endpoint.pausedUntil > nowMs + 600_000)',
  },
  {
    name: 'a-pause-is-over-before-its-time',
    file: `${DELIVERY}/admission.ts`,
    text: `      const delaySeconds = Math.ceil((gate.until + spreadMs - nowMs) / 1000);
      return { kind: 'postpone',`,
    by: `      const delaySeconds = Math.ceil((gate.until + spreadMs - nowMs) / 1000);
      if (spreadMs < 5_000) return { kind: 'attempt', waitMs: 0 };
      return { kind: 'postpone',`,
  },
  {
    name: 'a-later-answer-shortens-a-pause',
    file: 'services/delivery/src/adapters/endpoint-marks-table.ts',
    text: `when: '(attribute_not_exists(pausedUntil) OR pausedUntil < :pausedUntil)',`,
    by: `when: 'attribute_exists(PK)',`,
  },
  {
    name: 'leaves-on-the-new-url-what-the-old-one-answered',
    file: 'services/control/src/domain/awaited-change.ts',
    text: 'before.url === after.url ? [] : LEARNED',
    by: 'before.url === after.url ? [] : []',
  },
  {
    name: 'moves-a-task-on-from-every-lane',
    file: `${DELIVERY}/gate.ts`,
    text: `lane === 'webhook' && endpoint.slowSince`,
    by: `lane !== 'aws' && endpoint.slowSince`,
  },
];
