import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { statisticsKey } from '@fanfare/core/keys';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import type { ProjectPorts } from '../domain/project.ts';
import { behind, type Contribution, sumOf, type Tally } from '../domain/tally.ts';

const COUNTS = ['delivered', 'failed', 'exhausted', 'waiting'] as const;

/** Another invocation with the same batch is the only other writer of a row, so one repeat is the rule. */
const MAX_WRITES = 5;

/**
 * Counts with one write for each row, which no read comes before. The write's condition is that nothing of the batch is
 * counted; where it fails, the row says up to where it was, and the rest is counted on the condition that this still holds.
 */
export const statisticsTable =
  (client: DynamoDBDocumentClient, tableName: string): ProjectPorts['count'] =>
  async (tally, shard) => {
    let left: readonly Contribution[] = tally.contributions;
    let seen: string | undefined;
    for (let writes = 0; left.length > 0; writes += 1) {
      if (writes === MAX_WRITES) throw new Error('statistics: a row is being counted by too many at once');
      try {
        await client.send(new UpdateCommand({ TableName: tableName, ...updateOf(tally, shard, left, seen) }));
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

const updateOf = (
  { endpoint, hour }: Tally,
  shard: string,
  contributions: readonly Contribution[],
  seen: string | undefined,
) => {
  const sum = sumOf(contributions);
  const changed = COUNTS.filter((name) => sum[name] !== 0);
  const adding = changed.length === 0 ? '' : ` ADD ${changed.map((name) => `${name} :${name}`).join(', ')}`;
  return {
    Key: statisticsKey({ ...endpoint, hour, shard }),
    UpdateExpression: `SET kind = :kind, lastSequence = :last, expiresAt = :expiresAt${adding}`,
    ConditionExpression:
      seen === undefined ? 'attribute_not_exists(lastSequence) OR lastSequence < :first' : 'lastSequence = :seen',
    ExpressionAttributeValues: {
      ':kind': 'statistics',
      ':last': sum.last,
      ':expiresAt': Date.parse(`${hour}:00:00.000Z`) / 1000 + RETENTION_SECONDS,
      ...Object.fromEntries(changed.map((name) => [`:${name}`, sum[name]])),
      ...(seen === undefined ? { ':first': sum.first } : { ':seen': seen }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
};
