import type { Mutation } from './mutation.ts';

const ORDERED = 'services/delivery/src/domain/ordered';

/** Logs of ordered endpoints: their numbers, cursors, leases and wake-ups. */
export const ORDERED_MUTATIONS: readonly Mutation[] = [
  {
    name: 'goes-on-over-a-number-that-is-still-being-written',
    file: `${ORDERED}/next-in-log.ts`,
    text: '      const ageMs = nowMs - placedAt(item);\n',
    by: '      const ageMs = placedAt(item) + 1e15;\n',
  },
  {
    name: 'announces-the-look-that-it-came-by',
    file: `${ORDERED}/looked.ts`,
    text: 'Math.max(wakeAt, (wake.wakeAt ?? 0) + 1)',
    by: 'Math.max(wakeAt, (wake.wakeAt ?? 0))',
  },
  {
    name: 'takes-a-log-from-whoever-works-on-it',
    file: 'services/delivery/src/adapters/ordered-table.ts',
    text: ' AND attempt = :attempt AND $' + '{lease}`,\n',
    by: ' AND attempt = :attempt`,\n',
  },
  {
    name: 'moves-the-cursor-before-the-attempt-is-recorded',
    file: `${ORDERED}/work-through.ts`,
    text: '    const to = cursorAt(wake, position, { lease }, ports.now());\n',
    by: '    const to = cursorAt(wake, { next: position.next + 1, attempt: 1 }, { lease }, ports.now());\n',
  },
  {
    name: 'goes-on-past-a-message-that-failed',
    file: `${ORDERED}/take-turn.ts`,
    text: '  record.nextAttemptAt === undefined\n',
    by: '  record.nextAttemptAt === undefined || record.attempt > 0\n',
  },
  {
    name: 'waits-and-has-nobody-look',
    file: `${ORDERED}/work-through.ts`,
    text: '  if (lookAt !== undefined) await ports.announce(lookAfter(wake, position.next, lookAt));\n',
    by: '  if (lookAt !== undefined && kind !== "stopped") await ports.announce(lookAfter(wake, position.next, lookAt));\n',
  },
  {
    name: 'waits-before-anybody-is-to-look',
    file: `${ORDERED}/work-through.ts`,
    text: `  if (lookAt !== undefined) await ports.announce(lookAfter(wake, position.next, lookAt));
  const isMoved = await ports.moveCursor(wake, stored, cursorAt(wake, position, { hold }, ports.now()));
`,
    by: `  const isMoved = await ports.moveCursor(wake, stored, cursorAt(wake, position, { hold }, ports.now()));
  if (lookAt !== undefined) await ports.announce(lookAfter(wake, position.next, lookAt));
`,
  },
  {
    name: 'makes-tasks-of-what-comes-through-a-log',
    file: 'services/fanout/src/domain/fan-out.ts',
    text: 'matching.filter((endpoint) => comesThroughLog(endpoint, message))',
    by: 'matching.filter((endpoint) => comesThroughLog(endpoint, message) && message.appVersion < 0)',
  },
  {
    name: 'saves-a-message-without-its-place',
    file: 'services/ingest/src/adapters/message-table.ts',
    text: '    ...(order === undefined ? [] : [logEntryItem(ref, order, record, nowMs)]),\n',
    by: '',
  },
  {
    name: 'reads-a-log-as-it-was',
    file: 'services/delivery/src/adapters/ordered-table.ts',
    text: '        ConsistentRead: true,\n        Limit: given.limit,\n',
    by: '        Limit: given.limit,\n',
  },
  {
    name: 'begins-in-a-log-where-it-was-woken-for',
    file: `${ORDERED}/first-cursor.ts`,
    text: 'while (from > 0 &&',
    by: 'while (from < 0 &&',
  },
  {
    name: 'whoever-finds-a-log-taken-goes-away',
    file: `${ORDERED}/look-at-log.ts`,
    text: '  await announce(lookAfter(wake, wake.number, at));\n',
    by: '  if (at < 0) await announce(lookAfter(wake, wake.number, at));\n',
  },
];
