import { endpointKey, type Key } from '@fanfare/core/keys';
import type { OnWrite, Stored, Table } from './table.ts';

/** What waits to be due. */
export type WaitingDue = {
  readonly onWrite: OnWrite;
  /** What a sweep will find sooner or later, but for looks at endpoints that their owners have disabled. */
  readonly count: () => number;
  /** When the first of it is due, in milliseconds since 1970. */
  readonly firstAt: () => number;
  readonly looksAt: (endpointId: string) => readonly number[];
};

/** A look that is this far away is one that waits for an owner. */
const FAR_MS = 3_600_000;

type Look = { readonly orgId: string; readonly appId: string; readonly endpointId: string };

export const waitingDue = (table: Table, now: () => number): WaitingDue => {
  const items = new Map<string, Stored>();
  const nameOf = ({ PK, SK }: Key): string => `${PK} ${SK}`;
  const waitsForItsOwner = ({ what, wake, dueAt }: Stored): boolean => {
    if ((what !== 'endpoint' && what !== 'order') || Number(dueAt) < now() + FAR_MS) return false;
    const endpoint = table.get(endpointKey(wake as Look));
    return endpoint?.disabled === true && endpoint.deletedAt === undefined;
  };
  return {
    onWrite: ({ before, after }) => {
      if (after?.kind === 'due') items.set(nameOf(after), after);
      else if (before?.kind === 'due' && after === undefined) items.delete(nameOf(before));
    },
    count: () => [...items.values()].filter((item) => !waitsForItsOwner(item)).length,
    firstAt: () =>
      [...items.values()].reduce((first, { dueAt }) => Math.min(first, Number(dueAt)), Number.POSITIVE_INFINITY),
    looksAt: (endpointId) =>
      [...items.values()].flatMap(({ what, wake, dueAt }) =>
        what === 'endpoint' && (wake as Look).endpointId === endpointId ? [Number(dueAt)] : [],
      ),
  };
};
