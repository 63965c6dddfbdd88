/** What may be varied. How often each is drawn differs from seed to seed, so that each fault is met alone and in company. */
export type Subject = 'workload' | 'delay' | 'throttle' | 'crash' | 'duplicate' | 'answer' | 'skew' | 'stale' | 'loss';

/** The choices of a run that were not 0, by their labels: with them it can be run again, or with some of them left out. */
export type Plan = ReadonlyMap<string, number>;

export type Choices = {
  /** Chooses of `odds.length + 1` options: option n with the probability `odds[n - 1]`, else 0, which harms nobody. */
  readonly choose: (subject: Subject, label: string, odds: readonly number[]) => number;
  /** A number in [0, 1) that is the same in every run. */
  readonly fraction: (label: string) => number;
  readonly taken: Plan;
};

const INTENSITIES = [0, 0.4, 1, 3] as const;
const MOST_LIKELY = 0.95;

/**
 * Choices that depend on the seed and on what is chosen, never on what was chosen before: leaving one out leaves the others
 * as they were, which is what makes a failing run shrink.
 */
export const seededChoices = (seed: number): Choices => {
  const taken = new Map<string, number>();
  const intensities = new Map<Subject, number>();
  const intensityOf = (subject: Subject): number => {
    const known = intensities.get(subject);
    if (known !== undefined) return known;
    const isFixed = subject === 'workload' || subject === 'answer' || subject === 'loss';
    const index = Math.floor(fractionOf(seed, `intensity of ${subject}`) * INTENSITIES.length);
    const intensity = isFixed ? 1 : (INTENSITIES[index] ?? 1);
    intensities.set(subject, intensity);
    return intensity;
  };
  const draw = (subject: Subject, label: string, odds: readonly number[]): number => {
    const intensity = intensityOf(subject);
    if (intensity === 0) return 0;
    const sum = odds.reduce((all, one) => all + one, 0);
    const scale = Math.min(intensity, MOST_LIKELY / Math.max(sum, Number.MIN_VALUE));
    let rest = fractionOf(seed, label) / Math.max(scale, 1e-9);
    for (const [index, probability] of odds.entries()) {
      if (rest < probability) return index + 1;
      rest -= probability;
    }
    return 0;
  };
  return {
    choose: (subject, label, odds) => {
      const choice = draw(subject, label, odds);
      if (choice !== 0) taken.set(label, choice);
      return choice;
    },
    fraction: (label) => fractionOf(0, label),
    taken,
  };
};

/** Makes the choices of a plan again; whatever is not in it is 0. */
export const plannedChoices = (plan: Plan): Choices => {
  const taken = new Map<string, number>();
  return {
    choose: (_subject, label) => {
      const choice = plan.get(label) ?? 0;
      if (choice !== 0) taken.set(label, choice);
      return choice;
    },
    fraction: (label) => fractionOf(0, label),
    taken,
  };
};

/** FNV-1a over the label, mixed as MurmurHash3 ends. */
const fractionOf = (seed: number, label: string): number => {
  let hash = (0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < label.length; at += 1) hash = Math.imul(hash ^ label.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
