import type { LetterQueue } from './letter.ts';
import type { RecordStore } from './settle-record.ts';

type Queue = Pick<LetterQueue, 'receive' | 'remove' | 'hide' | 'depth'>;

/**
 * Takes a step with a queue, and when it fails shows again what it received and did not remove, also what it had hidden for
 * long: the repeat of a step begins with what that was given, and would know nothing of these.
 */
export const orGiveBack = async <T>(
  store: RecordStore,
  queue: Queue,
  step: (queue: Queue) => Promise<T>,
): Promise<T> => {
  const taken = new Set<string>();
  try {
    return await step({
      ...queue,
      receive: async (queueUrl, most, hiddenSeconds) => {
        const letters = await queue.receive(queueUrl, most, hiddenSeconds);
        for (const { handle } of letters) taken.add(handle);
        return letters;
      },
      remove: async (queueUrl, handles) => {
        const left = await queue.remove(queueUrl, handles);
        for (const handle of handles) taken.delete(handle);
        return left;
      },
    });
  } catch (error) {
    if (store.kind === 'records-queue') await queue.hide(store.queueUrl, [...taken], 0);
    throw error;
  }
};
