import * as z from 'zod/mini';
import type { LetterQueue } from './letter.ts';
import { type FailureStore, type Progress, type RecordInHand, type RunState, shortened } from './run-state.ts';

export type RecordStore = Exclude<FailureStore, { kind: 'dead-letters' }>;

/** What this use case needs from the outside. */
export type SettlePorts = {
  readonly queue: Pick<LetterQueue, 'remove'>;
  readonly bucket: { readonly remove: (bucket: string, key: string) => Promise<void> };
};

/** What `refan` answers. */
const answer = z.object({
  published: z.number(),
  problems: z.array(z.object({ problem: z.string() })),
  next: z.optional(z.looseObject({})),
});

/** What came of the call for the record in hand: it is done, it stays, or it needs another call. */
export const settle = async (
  progress: Progress,
  hand: RecordInHand,
  { answered, failure }: RunState,
  store: RecordStore,
  ports: SettlePorts,
): Promise<Progress> => {
  if (failure !== undefined || answered === undefined) {
    const reason = `refan failed: ${failure?.Error ?? 'no answer'} ${messageOf(failure?.Cause)}`.trim();
    return { ...stays(progress, hand, reason), idle: progress.idle + 1 };
  }
  const { published, problems, next } = answer.parse(answered.answer);
  const told = { ...progress, published: progress.published + published, idle: 0 };
  if (problems[0] !== undefined) return stays(told, hand, problems[0].problem);
  const [, ...others] = hand.requests;
  const requests = next === undefined ? others : [next, ...others];
  if (requests.length > 0) return { ...told, hand: { ...hand, requests } };
  return takenAway(told, hand, store, ports);
};

/** Lambda's word on an error, without its trace. */
const messageOf = (cause = ''): string => {
  try {
    return z.object({ errorMessage: z.string() }).safeParse(JSON.parse(cause)).data?.errorMessage ?? '';
  } catch {
    return cause;
  }
};

/** So many records that stay are named. */
export const MOST_FAILED = 100;

export const stays = ({ hand: _hand, ...progress }: Progress, { id, handle }: Taken, reason: string): Progress => ({
  ...progress,
  ...(progress.failed.length < MOST_FAILED
    ? { failed: [...progress.failed, { id, reason: shortened(reason) }] }
    : { alsoFailed: progress.alsoFailed + 1 }),
  held: handle === undefined ? progress.held : { ...progress.held, [id]: handle },
});

export type Taken = Pick<RecordInHand, 'id' | 'handle'>;

export const takenAway = async (
  { hand: _hand, ...progress }: Progress,
  { id, handle }: Taken,
  store: RecordStore,
  { queue, bucket }: SettlePorts,
): Promise<Progress> => {
  if (store.kind === 'records-bucket') await bucket.remove(store.bucket, id);
  const left = store.kind === 'records-queue' ? await queue.remove(store.queueUrl, [handle ?? '']) : 0;
  return { ...progress, idle: 0, done: progress.done + 1, notDeleted: progress.notDeleted + left };
};
