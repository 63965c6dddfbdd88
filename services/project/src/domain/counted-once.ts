/** What one record of the stream adds to a row of counters. A count may go down. */
export type Contribution<Count extends string> = Partial<Readonly<Record<Count, number>>> & {
  readonly sequence: string;
};

/** A row of counters, by what names it, and what a batch adds to it. */
export type Counted<Row, Count extends string> = Row & { readonly contributions: readonly Contribution<Count>[] };

/**
 * Adds to a row, under a shard of the stream, what was not added before, and nothing twice, as long as the records of a shard
 * come in their order.
 */
export type CountOnce<Row, Count extends string> = (
  counted: Counted<Row, Count>,
  shard: string,
) => Promise<'counted' | 'counted-before'>;

/** What is left to be counted when everything up to a sequence number is. */
export const behind = <Each extends { readonly sequence: string }>(
  contributions: readonly Each[],
  counted: string | undefined,
): readonly Each[] => contributions.filter(({ sequence }) => counted === undefined || sequence > counted);

/** What contributions come to. */
export const sumOf = <Count extends string>(
  counts: readonly Count[],
  contributions: readonly Contribution<Count>[],
): Record<Count, number> => {
  const total = (count: Count) => contributions.reduce((sum, each) => sum + (each[count] ?? 0), 0);
  return Object.fromEntries(counts.map((count) => [count, total(count)])) as Record<Count, number>;
};

/** The first and the last sequence number of contributions. There must be one at least. */
export const reachOf = (contributions: readonly { readonly sequence: string }[]): { first: string; last: string } => {
  const sequences = contributions.map(({ sequence }) => sequence).toSorted();
  return { first: sequences.at(0) ?? '', last: sequences.at(-1) ?? '' };
};

/** Sorts what records add to counters by row, so that a batch costs one write for each row and not for each record. */
export const byRow = <Row, Count extends string>(
  additions: readonly { readonly row: Row; readonly contribution: Contribution<Count> }[],
  nameOf: (row: Row) => string,
): Counted<Row, Count>[] => {
  const rows = new Map<string, Row & { readonly contributions: Contribution<Count>[] }>();
  for (const { row, contribution } of additions) {
    const name = nameOf(row);
    const counted = rows.get(name) ?? { ...row, contributions: [] };
    counted.contributions.push(contribution);
    rows.set(name, counted);
  }
  return [...rows.values()];
};
