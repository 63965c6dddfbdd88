import { concurrently } from '@fanfare/core/concurrently';
import type { Contribution, CountOnce } from './counted-once.ts';

/** Up to which record a shard's row is counted; `undefined` where the shard has counted nothing in it. Strongly consistent. */
export type CountedUpTo<Row> = (row: Row, shard: string) => Promise<string | undefined>;

/**
 * From this age on a record counts by itself. The event source gives a batch up after 20 hours: until then there are four in
 * which to write down what of it was counted, so that whoever is given it again later knows.
 */
export const COUNTED_SINGLY_AFTER_MS = 16 * 60 * 60 * 1000;

/** Whether a record is so old. Its age only rises: a record that once counted by itself always does. */
export const isCountedSingly = (writtenAtMs: number, nowMs: number): boolean =>
  nowMs - writtenAtMs >= COUNTED_SINGLY_AFTER_MS;

const ROWS_AT_ONCE = 5;

/**
 * Counts each record in a row of its own instead of its shard's, so that it counts once in whatever order and however often
 * records come. What the shard's row counted already gets such a row too, with nothing in it.
 */
export const countSingly =
  <Row, Count extends string>(count: CountOnce<Row, Count>, countedUpTo: CountedUpTo<Row>): CountOnce<Row, Count> =>
  async (counted, shard) => {
    const upTo = await countedUpTo(counted, shard);
    const outcomes = await concurrently(
      ROWS_AT_ONCE,
      [...bySequence(counted.contributions)],
      ([sequence, contributions]) => {
        const isCounted = upTo !== undefined && sequence <= upTo;
        return count(
          { ...counted, contributions: isCounted ? [{ sequence }] : contributions } as typeof counted,
          ownShard(sequence),
        );
      },
    );
    return outcomes.includes('counted') ? 'counted' : 'counted-before';
  };

/** What stands for the shard in the row of a single record. */
const ownShard = (sequence: string): string => `single-${sequence}`;

/** One record may add to a row twice: that it was made, and that nothing waits for it any more. */
const bySequence = <Count extends string>(contributions: readonly Contribution<Count>[]) =>
  Map.groupBy(contributions, ({ sequence }) => sequence);
