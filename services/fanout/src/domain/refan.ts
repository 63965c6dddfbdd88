import type { MessageRef } from '@fanfare/core/keys';
import { type AccountPorts, accountFor, type FoundMessage } from './account-for.ts';
import { type Position, START, sliceAfter, type WalkPorts, walk } from './walk.ts';

export type RefanPorts = AccountPorts & WalkPorts & { readonly isTimeUp: () => boolean };

/** What was accepted from `fromMs` until before `untilMs`, of one application or of all. */
export type RefanSpan = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly appId?: string | undefined;
  /** Where an earlier call ended that ran out of time. */
  readonly toMs?: number | undefined;
  readonly position?: Position | undefined;
};

export type Refanned = {
  /** Messages that were looked at. */
  readonly messages: number;
  /** Tasks that were published. */
  readonly published: number;
  /** Messages that no repeat will fan out. */
  readonly problems: readonly { readonly ref: MessageRef; readonly problem: string }[];
  /** What is left, when time was up. */
  readonly next?: RefanSpan;
};

/**
 * Somebody asked for it: so endpoints that were changed since are served as they are now, and what is late is not waited
 * for. An attempt that is still to come, is let come.
 */
const OPTIONS = { overdueMs: 60_000, undecided: 'publish' } as const;

/** Publishes what is missing of some messages. Those that are gone from the table are not named again. */
export const refanMessages = async (refs: readonly MessageRef[], ports: RefanPorts): Promise<Refanned> => {
  const problems: { ref: MessageRef; problem: string }[] = [];
  const found: FoundMessage[] = [];
  for (const ref of refs) {
    try {
      const message = await ports.wholeMessage(ref);
      if (message !== undefined) found.push({ ref, message });
    } catch (error) {
      if (!(error instanceof UnreadableMessage)) throw error;
      problems.push({ ref, problem: error.message });
    }
  }
  const refanned = await refan(found, ports);
  return { ...refanned, problems: [...problems, ...refanned.problems] };
};

/** Publishes what is missing of a span of time, as far as time allows. */
export const refanSpan = async (span: RefanSpan, ports: RefanPorts): Promise<Refanned> => {
  const { untilMs, appId } = span;
  const total = { messages: 0, published: 0, problems: [] as Refanned['problems'][number][] };
  const left = (rest: Pick<RefanSpan, 'fromMs' | 'toMs' | 'position'>): Refanned => ({
    ...total,
    next: { ...rest, untilMs, ...(appId === undefined ? {} : { appId }) },
  });
  let { fromMs, toMs, position } = span;
  for (;;) {
    const slice = toMs === undefined ? sliceAfter(fromMs, untilMs) : { fromMs, toMs };
    if (slice === undefined) return total;
    for await (const page of walk(slice, position ?? START, ports)) {
      const found = page.found.filter(({ ref }) => appId === undefined || ref.appId === appId);
      const { messages, published, problems } = await refan(found, ports);
      total.messages += messages;
      total.published += published;
      total.problems.push(...problems);
      if (ports.isTimeUp()) return left({ fromMs, toMs: slice.toMs, position: page.position });
    }
    fromMs = slice.toMs;
    toMs = undefined;
    position = undefined;
    if (ports.isTimeUp()) return left({ fromMs });
  }
};

const refan = async (found: readonly FoundMessage[], ports: RefanPorts): Promise<Refanned> => {
  const accounted = await accountFor(found, OPTIONS, ports);
  return {
    messages: accounted.length,
    published: accounted.reduce((sum, { published, problem }) => sum + (problem ? 0 : published.length), 0),
    problems: accounted.flatMap(({ ref, problem }) => (problem === undefined ? [] : [{ ref, problem }])),
  };
};

/** The item stands in the table, and our code does not understand it. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
}
