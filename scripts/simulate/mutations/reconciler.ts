import type { Mutation } from './mutation.ts';

const FAN_OUT = 'services/fanout/src';

/** Who accounts for what was accepted. */
export const RECONCILER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'takes-what-is-parked-for-missing',
    file: `${FAN_OUT}/domain/account-for.ts`,
    text: '    missing: account.missing.filter((_, index) => !parked[index]),\n',
    by: '',
  },
  {
    name: 'moves-on-before-it-has-looked',
    file: `${FAN_OUT}/domain/reconcile.ts`,
    text: '    for await (const { found, position } of walk(slice, cursor.position ?? START, ports)) {\n',
    by: `    const early = { fromMs: slice.toMs, revision: cursor.revision + 1 };
    if (await ports.saveCursor(early)) cursor = early;
    for await (const { found, position } of walk(slice, cursor.position ?? START, ports)) {\n`,
  },
  {
    name: 'marks-no-application-as-active',
    file: 'services/ingest/src/domain/accept.ts',
    text: '  await ports.markActive(application, claim.value.acceptedAt);\n',
    by: '',
  },
  {
    name: 'remembers-a-mark-that-was-not-written',
    file: 'services/ingest/src/domain/activity.ts',
    text: '    await write({ ...ref, hour: messageHour, messageHour }, record);\n',
    by: '    void write({ ...ref, hour: messageHour, messageHour }, record).catch(() => {});\n',
  },
  {
    name: 'takes-what-is-still-to-come-for-overdue',
    file: `${FAN_OUT}/domain/accounted.ts`,
    text: 'following.filter(({ dueAt }) => dueAt + overdueMs <= nowMs)',
    by: 'following.filter(({ dueAt }) => dueAt <= nowMs + overdueMs)',
  },
  {
    name: 'does-not-look-again',
    file: `${FAN_OUT}/domain/reconcile.ts`,
    text: '      await ports.recheck(',
    by: '      void (',
  },
  {
    name: 'counts-what-it-found-and-publishes-nothing',
    file: `${FAN_OUT}/domain/account-for.ts`,
    text: '  await ports.publish(judged.flatMap(({ publications }) => publications));\n',
    by: '',
  },
  {
    name: 'does-not-know-of-attempts',
    file: `${FAN_OUT}/domain/accounted.ts`,
    text: '    .filter(({ id }) => !attempted.has(id))\n',
    by: '',
  },
];
