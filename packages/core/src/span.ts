/** A stretch of a list that is ordered by id. Bounds are exclusive, and need not be ids that exist. */
export type Span = {
  readonly newerThan?: string | undefined;
  readonly olderThan?: string | undefined;
  /** Which end is read first. */
  readonly newestFirst: boolean;
  readonly limit: number;
};

/** The items of a span in the direction it was read; `more` when the limit, or the store's own, cut it. */
export type Chunk<T> = { readonly items: readonly T[]; readonly more: boolean };

type Identified = { readonly id: string };

/** Compares ids as the table does. */
export const byId = (one: Identified, other: Identified): number => {
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
};

/** A span of items that are all at hand, in any order. */
export const within = <T extends Identified>(items: readonly T[], span: Span): Chunk<T> => {
  const { newerThan, olderThan, limit } = span;
  const inside = items
    .filter(({ id }) => newerThan === undefined || id > newerThan)
    .filter(({ id }) => olderThan === undefined || id < olderThan)
    .toSorted(byId);
  const ordered = span.newestFirst ? inside.toReversed() : inside;
  return { items: ordered.slice(0, limit), more: ordered.length > limit };
};

/**
 * One span of a list that is spread over shards, from the same span of each shard. A shard that was cut says nothing
 * about what lies behind its last item, so nothing that lies behind it is taken from the others either.
 */
export const merge = <T extends Identified>(shards: readonly Chunk<T>[], span: Span): Chunk<T> => {
  const order = (one: Identified, other: Identified) => (span.newestFirst ? byId(other, one) : byId(one, other));
  const ends = shards.flatMap(({ items, more }) => (more ? items.slice(-1) : [])).toSorted(order);
  const known = shards
    .flatMap(({ items }) => items)
    .filter((item) => ends[0] === undefined || order(item, ends[0]) <= 0);
  const items = known.toSorted(order).slice(0, span.limit);
  return { items, more: ends.length > 0 || known.length > items.length };
};
