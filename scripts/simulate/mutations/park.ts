import type { Mutation } from './mutation.ts';

const DELIVERY = 'services/delivery/src/domain';

/** Parking, looks at what is parked, and what owners and receivers do to them. */
export const PARK_MUTATIONS: readonly Mutation[] = [
  {
    name: 'says-when-somebody-looks-before-anybody-is-told',
    file: `${DELIVERY}/park.ts`,
    text: `  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt });
  await ports.startWatch({ orgId, appId, endpointId }, wakeAt, ports.now() - WATCH_STALE_MS);
`,
    by: `  await ports.startWatch({ orgId, appId, endpointId }, wakeAt, ports.now() - WATCH_STALE_MS);
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt });
`,
  },
  {
    name: 'takes-its-turn-before-the-next-look-is-announced',
    file: `${DELIVERY}/drain.ts`,
    text: `  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: plan.nextAt });
  if (endpoint !== undefined && !(await ports.takeWatch(wake, turnOf(wake), plan.nextAt))) return done('superseded');
`,
    by: `  if (endpoint !== undefined && !(await ports.takeWatch(wake, turnOf(wake), plan.nextAt))) return done('superseded');
  await ports.sendWake({ v: 1, orgId, appId, endpointId, wakeAt: plan.nextAt });
`,
  },
  {
    name: 'removes-parked-tasks-before-it-sends-them',
    file: `${DELIVERY}/release-parked.ts`,
    text: '  const taken = await ports.send(batch);\n',
    by: '  await ports.remove(batch.map(({ parked }) => parked));\n  const taken = await ports.send(batch);\n',
  },
  {
    name: 'removes-parked-tasks-that-were-not-taken',
    file: `${DELIVERY}/release-parked.ts`,
    text: 'batch.filter((one) => taken.has(one))',
    by: 'batch.filter((one) => taken.size > 0 || one !== undefined)',
  },
  {
    name: 'puts-a-task-off-as-another-copy',
    file: `${DELIVERY}/handle-task.ts`,
    text: '{ ...hopped(admission.task), lane }',
    by: '{ ...hopped({ ...admission.task, copyId: ports.mintCopyId() }), lane }',
  },
  {
    name: 'takes-a-task-for-parked-that-is-not',
    file: `${DELIVERY}/handle-task.ts`,
    text: '      await ports.park(admission.task, admission.reason, state.endpoint);\n',
    by: '      void ports.park(admission.task, admission.reason, state.endpoint);\n',
  },
  {
    name: 'sends-to-a-disabled-endpoint',
    file: `${DELIVERY}/gate.ts`,
    text: `  if (endpoint.disabled) return { kind: 'park', reason: 'disabled' };\n`,
    by: '',
  },
  {
    name: 'an-enabled-endpoint-waits-for-the-next-look',
    file: 'services/control/src/adapters/endpoint-table.ts',
    text: '  const wakeAt = isAwaited(change) ? nowMs : undefined;\n',
    by: '  const wakeAt = undefined;\n',
  },
  {
    name: 'nobody-is-told-of-an-enabled-endpoint',
    file: 'services/control/src/adapters/endpoint-table.ts',
    text: '        ...wakeParked(tableName, ref, change, nowMs),\n',
    by: '',
  },
  {
    name: 'an-owner-s-change-undoes-what-the-engine-knows',
    file: 'services/control/src/adapters/endpoint-update.ts',
    text: '(field) => !isOfEngine(field)',
    by: '(field) => !isOfEngine(String(field).length > 0 ? "" : field)',
  },
];
