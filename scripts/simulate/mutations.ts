import { BREAKER_MUTATIONS } from './mutations/breaker.ts';
import { DELIVERY_MUTATIONS } from './mutations/delivery.ts';
import type { Mutation } from './mutations/mutation.ts';
import { ORDERED_MUTATIONS } from './mutations/ordered.ts';
import { PARK_MUTATIONS } from './mutations/park.ts';
import { RATE_MUTATIONS } from './mutations/rate.ts';
import { RECONCILER_MUTATIONS } from './mutations/reconciler.ts';
import { SCHEDULED_MUTATIONS } from './mutations/scheduled.ts';

export type { Mutation };

/** Each has to be found by the simulation. One that it does not find shows what it does not look at. */
export const MUTATIONS: readonly Mutation[] = [
  ...DELIVERY_MUTATIONS,
  ...PARK_MUTATIONS,
  ...BREAKER_MUTATIONS,
  ...RATE_MUTATIONS,
  ...SCHEDULED_MUTATIONS,
  ...RECONCILER_MUTATIONS,
  ...ORDERED_MUTATIONS,
];

/** The source with the mutation in it. Throws when its text does not stand there exactly once. */
export const mutated = (source: string, { name, file, text, by }: Mutation): string => {
  const found = source.split(text).length - 1;
  if (found !== 1) throw new Error(`mutation ${name}: its text stands in ${file} ${found} times, not once:\n${text}`);
  return source.replace(text, () => by);
};
