import type { Problem, Refusal } from '@fanfare/core/http/answer';

/** A problem of a message is a problem of the body that it is in, at the message's place. */
export const atPlace = (why: Refusal, place: number): Refusal => {
  const placed = ([root = 'body', ...path]: Problem['loc']) => [root, place, ...path];
  switch (why.kind) {
    case 'invalid':
      return { ...why, problems: why.problems.map((problem) => ({ ...problem, loc: placed(problem.loc) })) };
    case 'too-large':
      return { ...why, loc: placed(why.loc ?? []) };
    default:
      return why;
  }
};
