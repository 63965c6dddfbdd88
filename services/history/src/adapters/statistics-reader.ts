import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { statisticsHourPrefix, statisticsPartition } from '@fanfare/core/keys';
import { type Statistics, statistics } from '@fanfare/events/statistics-record';
import type { HistoryPorts } from '../domain/history.ts';

const COUNTS = ['delivered', 'failed', 'exhausted', 'waiting'] as const;

/** Sorts behind the name of any shard. */
const BEHIND_ALL = '~';

/** Counters, summed over the hours and the stream's shards. Read at half price: what is counted is late by seconds anyway. */
export const statisticsReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
): Pick<HistoryPorts, 'statisticsOfEndpoint'> => ({
  statisticsOfEndpoint: async (endpoint, { from, to }) => {
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        KeyConditionExpression: 'PK = :pk AND SK BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': statisticsPartition(endpoint),
          ':from': statisticsHourPrefix(endpoint.endpointId, from),
          ':to': `${statisticsHourPrefix(endpoint.endpointId, to)}${BEHIND_ALL}`,
        },
        ProjectionExpression: COUNTS.join(', '),
      },
    );
    const sum: Statistics = { delivered: 0, failed: 0, exhausted: 0, waiting: 0 };
    for await (const page of pages) {
      for (const row of (page.Items ?? []).map((item) => statistics.parse(item))) {
        for (const name of COUNTS) sum[name] += row[name];
      }
    }
    return sum;
  },
});
