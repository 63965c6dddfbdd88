import type { Mutation } from './mutation.ts';

const FAN_OUT = 'services/fanout/src';
const INGEST = 'services/ingest/src';

/** Messages that are due later, and those who call them off. */
export const SCHEDULED_MUTATIONS: readonly Mutation[] = [
  {
    name: 'sends-a-message-when-it-is-found-and-not-when-it-is-due',
    file: 'services/delivery/src/domain/sweep.ts',
    text: `item?.what !== 'message' || dueAt <= nowMs;`,
    by: `item?.what !== 'message' || dueAt > 0;`,
  },
  {
    name: 'calls-off-what-has-begun',
    file: `${INGEST}/adapters/cancel-table.ts`,
    text: `          ConditionExpression: 'attribute_exists(PK)',\n`,
    by: '',
  },
  {
    name: 'sends-what-was-called-off',
    file: `${FAN_OUT}/domain/fan-out.ts`,
    text: `  if (message.cancelledAt !== undefined) return 'cancelled';\n`,
    by: '',
  },
  {
    name: 'the-reconciler-sends-what-was-called-off',
    file: `${FAN_OUT}/domain/accounted.ts`,
    text: 'application.deleted || message.cancelledAt !== undefined ||',
    by: 'application.deleted ||',
  },
  {
    name: 'keeps-a-message-that-nothing-makes-due',
    file: `${INGEST}/adapters/message-table.ts`,
    text: 'eventId !== undefined || dueAt !== undefined || order',
    by: 'eventId !== undefined || order',
  },
  {
    name: 'stores-a-message-as-due-where-no-sweep-comes',
    file: `${INGEST}/domain/accept.ts`,
    text: 'dueAt: storedDueAt(deliverAt, nowMs)',
    by: 'dueAt: storedDueAt(deliverAt, nowMs * 0)',
  },
];
