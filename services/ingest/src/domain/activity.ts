import { type ActivityRef, type ApplicationRef, hourOf } from '@fanfare/core/keys';
import type { ActivityRecord } from '@fanfare/events/activity-record';
import { RETENTION_SECONDS } from '@fanfare/events/retention';

/** Has it written, before it resolves, that the application saves a message whose id was made at this time. */
export type MarkActive = (ref: ApplicationRef, acceptedAt: number) => Promise<void>;

/** `late` replaces what stands; any other mark is done when one stands. */
export type WriteMark = (ref: ActivityRef, record: ActivityRecord) => Promise<void>;

/**
 * A message is late when it is saved so long after its id was made (a caller came back with an old idempotency key) that the
 * reconciler may have passed that time. It waits for a good deal longer than this before it looks at a message.
 */
export const LATE_MS = 120_000;

/** Some 100 bytes each. Forgetting one costs a write. */
const MAX_REMEMBERED = 10_000;

/**
 * Marks applications as active, each once an hour: what this process has written it does not write again. A late message
 * is marked each time, in the hour it is saved in: the mark of its own hour may have been read already.
 */
export const activityMarker = (write: WriteMark, now: () => number): MarkActive => {
  const marked = new Set<string>();
  return async (ref, acceptedAt) => {
    const at = now();
    const messageHour = hourOf(acceptedAt);
    const record = { kind: 'activity', expiresAt: Math.ceil(at / 1000) + RETENTION_SECONDS } as const;
    if (at - acceptedAt > LATE_MS) return write({ ...ref, hour: hourOf(at), messageHour }, { ...record, lateAt: at });
    const name = `${messageHour} ${ref.orgId} ${ref.appId}`;
    if (marked.has(name)) return;
    await write({ ...ref, hour: messageHour, messageHour }, record);
    if (marked.size >= MAX_REMEMBERED) marked.clear();
    marked.add(name);
  };
};
