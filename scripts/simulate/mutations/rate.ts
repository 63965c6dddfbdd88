import type { Mutation } from './mutation.ts';

const DELIVERY = 'services/delivery/src/domain';
const SLOTS = 'services/delivery/src/adapters/slot-table.ts';

/** Rates and their slots. */
export const RATE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'makes-up-for-slots-that-were-not-used',
    file: SLOTS,
    text: 'freeAt >= :now AND freeAt < :horizon',
    by: 'freeAt < :horizon',
  },
  {
    name: 'gives-a-slot-twice',
    file: SLOTS,
    text: 'SET freeAt = freeAt + :span,',
    by: 'SET freeAt = freeAt,',
  },
  {
    name: 'begins-anew-although-slots-are-taken',
    file: SLOTS,
    text: `  ConditionExpression: 'attribute_not_exists(freeAt) OR freeAt < :now',`,
    by: `  ConditionExpression: 'attribute_not_exists(freeAt) OR freeAt < :now OR freeAt >= :now',`,
  },
  {
    name: 'does-not-wait-for-the-rest-of-a-second',
    file: `${DELIVERY}/handle-task.ts`,
    text: '      if (admission.waitMs > 0) await ports.sleep(admission.waitMs);\n',
    by: '',
  },
  {
    name: 'sends-what-got-no-slot',
    file: `${DELIVERY}/admission.ts`,
    text: `      if (slotAt === undefined) return { kind: 'park', task: kept, reason: 'rate' };`,
    by: `      if (slotAt === undefined) return { kind: 'attempt', waitMs: 0 };`,
  },
  {
    name: 'forgets-the-rate-of-the-application',
    file: `${DELIVERY}/gate.ts`,
    text: '  ...(application?.throttleRate === undefined',
    by: '  ...(application?.throttleRate === undefined || throttleRate === undefined',
  },
  {
    name: 'releases-everything-at-once',
    file: `${DELIVERY}/release-parked.ts`,
    text: '  const delaySeconds = Math.max(0, Math.floor((slot.at - ports.now()) / 1000));\n',
    by: '  const delaySeconds = 0;\n',
  },
  {
    name: 'all-tasks-of-a-batch-have-the-first-slot',
    file: `${DELIVERY}/admission.ts`,
    text: 'reservation.slots[place]',
    by: 'reservation.slots[place * 0]',
  },
];
