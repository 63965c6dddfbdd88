import type { Refusal } from '@fanfare/core/http/answer';

/** A problem of a message is a problem of the body that it is in, at the message's place. */
export const atPlace = (why: Refusal, place: number): Refusal => {
  if (why.kind !== 'invalid') return why;
  const problems = why.problems.map(({ loc: [root = 'body', ...path], ...more }) => ({
    loc: [root, place, ...path],
    ...more,
  }));
  return { kind: 'invalid', problems };
};
