import type { Plan } from './choices.ts';
import type { Run } from './run-seed.ts';

/** What is broken, without the names and numbers of this run: a smaller run may break it with others. */
export const kindOf = (sentence: string): string =>
  sentence
    .replace(/\S*\d\S*/g, '')
    .replace(/\s+/g, ' ')
    .trim();

type RunPlan = (plan: Plan) => Promise<Run>;
type Entry = readonly [string, number];

/**
 * The least of a plan's choices that still break the same thing: none of them can be left out, or made smaller. Delta
 * debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002) by leaving out ever
 * smaller parts, until one time round changes nothing.
 */
export const shrink = async (plan: Plan, broken: string, runPlan: RunPlan): Promise<Plan> => {
  const kind = kindOf(broken);
  const stillBreaks = async (entries: readonly Entry[]): Promise<boolean> =>
    (await runPlan(new Map(entries))).broken.some((sentence) => kindOf(sentence) === kind);

  let entries: readonly Entry[] = [...plan];
  for (let size = -1; size !== entries.length; ) {
    size = entries.length;
    entries = await withoutParts(entries, stillBreaks);
    entries = await withSmallerChoices(entries, stillBreaks);
  }
  return new Map(entries);
};

type Predicate = (entries: readonly Entry[]) => Promise<boolean>;

const withoutParts = async (given: readonly Entry[], stillBreaks: Predicate): Promise<readonly Entry[]> => {
  let entries = given;
  for (let length = Math.ceil(entries.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = 0; at < entries.length; ) {
      const rest = [...entries.slice(0, at), ...entries.slice(at + length)];
      if (await stillBreaks(rest)) entries = rest;
      else at += length;
    }
  }
  return entries;
};

const withSmallerChoices = async (given: readonly Entry[], stillBreaks: Predicate): Promise<readonly Entry[]> => {
  let entries = given;
  for (const [index, [label, choice]] of given.entries()) {
    for (let smaller = 1; smaller < choice; smaller += 1) {
      const changed = entries.with(index, [label, smaller]);
      if (!(await stillBreaks(changed))) continue;
      entries = changed;
      break;
    }
  }
  return entries;
};
