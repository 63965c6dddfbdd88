/**
 * Does all pieces of work at once. The first failure aborts the others, and what is thrown is that first one,
 * after all of them have ended: nothing goes on behind the caller's back.
 *
 * @template T
 * @param {AbortController} controller the one whose signal the pieces of work obey
 * @param {readonly (() => Promise<T>)[]} works
 * @returns {Promise<T[]>}
 */
export const allOrNothing = async (controller, works) => {
  const ended = await Promise.allSettled(
    works.map(async (work) => {
      try {
        return await work();
      } catch (error) {
        controller.abort(error);
        throw error;
      }
    }),
  );
  controller.signal.throwIfAborted();
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
};
