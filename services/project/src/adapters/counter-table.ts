import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Key } from '@fanfare/core/keys';
import { behind, type Contribution, type Counted, type CountOnce, reachOf, sumOf } from '../domain/counted-once.ts';
import type { CountedUpTo } from '../domain/counted-singly.ts';

/** A kind of rows of counters: what they are called, what they count, where they lie and for how long. */
export type Counters<Row, Count extends string> = {
  readonly kind: string;
  readonly counts: readonly Count[];
  readonly keyOf: (row: Row, shard: string) => Key;
  /** From the beginning of their hour on. */
  readonly retentionSeconds: number;
};

type Hourly = { readonly hour: string };

/** Another invocation with the same batch is the only other writer of a row, so one repeat is the rule. */
const MAX_WRITES = 5;

/**
 * Counts with one write for each row, which no read comes before. The write's condition is that nothing of the batch is
 * counted; where it fails, the row says up to where it was, and the rest is counted on the condition that this still holds.
 */
export const counterTable =
  <Row extends Hourly, Count extends string>(
    client: DynamoDBDocumentClient,
    tableName: string,
    counters: Counters<Row, Count>,
  ): CountOnce<Row, Count> =>
  async (counted, shard) => {
    let left = counted.contributions;
    let seen: string | undefined;
    for (let writes = 0; left.length > 0; writes += 1) {
      if (writes === MAX_WRITES) throw new Error(`${counters.kind}: a row is being counted by too many at once`);
      try {
        const update = updateOf({ ...counted, contributions: left }, shard, seen, counters);
        await client.send(new UpdateCommand({ TableName: tableName, ...update }));
        return 'counted';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        seen = error.Item?.lastSequence?.S;
        if (seen === undefined) throw error;
        left = behind(left, seen);
      }
    }
    return 'counted-before';
  };

/** Reads up to which record a row is counted. */
export const countedUpTo =
  <Row extends Hourly, Count extends string>(
    client: DynamoDBDocumentClient,
    tableName: string,
    { keyOf }: Counters<Row, Count>,
  ): CountedUpTo<Row> =>
  async (row, shard) => {
    const { Item } = await client.send(
      new GetCommand({
        TableName: tableName,
        Key: keyOf(row, shard),
        ProjectionExpression: 'lastSequence',
        ConsistentRead: true,
      }),
    );
    return Item?.lastSequence as string | undefined;
  };

const updateOf = <Row extends Hourly, Count extends string>(
  counted: Counted<Row, Count>,
  shard: string,
  seen: string | undefined,
  { kind, counts, keyOf, retentionSeconds }: Counters<Row, Count>,
) => {
  const contributions: readonly Contribution<Count>[] = counted.contributions;
  const sum = sumOf(counts, contributions);
  const { first, last } = reachOf(contributions);
  const changed = counts.filter((name) => sum[name] !== 0);
  const adding = changed.length === 0 ? '' : ` ADD ${changed.map((name) => `#${name} :${name}`).join(', ')}`;
  return {
    Key: keyOf(counted, shard),
    UpdateExpression: `SET kind = :kind, lastSequence = :last, expiresAt = :expiresAt${adding}`,
    ConditionExpression:
      seen === undefined ? 'attribute_not_exists(lastSequence) OR lastSequence < :first' : 'lastSequence = :seen',
    // By names: a count may be called by a word that DynamoDB keeps to itself.
    ...(changed.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(changed.map((name) => [`#${name}`, name])),
    }),
    ExpressionAttributeValues: {
      ':kind': kind,
      ':last': last,
      ':expiresAt': Date.parse(`${counted.hour}:00:00.000Z`) / 1000 + retentionSeconds,
      ...Object.fromEntries(changed.map((name) => [`:${name}`, sum[name]])),
      ...(seen === undefined ? { ':first': first } : { ':seen': seen }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
};
