import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { attemptsInSpan } from '@fanfare/core/aws/id-ordered-lists';
import { attemptKey, attemptsOfEndpointPrefix, attemptsPartition, type Key, parseAttemptKey } from '@fanfare/core/keys';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { Attempt, HistoryPorts } from '../domain/history.ts';

/** Attempts: a message's from its own partition, strongly; an endpoint's from the index, which follows within a moment. */
export const attemptReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<HistoryPorts, 'attemptsOfMessage' | 'readAttemptsOfEndpoint' | 'superseded'> => ({
  attemptsOfMessage: async (message, endpointId) => {
    const ofEndpoint = endpointId === undefined ? undefined : attemptsOfEndpointPrefix(endpointId);
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        KeyConditionExpression: ofEndpoint === undefined ? 'PK = :pk' : 'PK = :pk AND begins_with(SK, :endpoint)',
        ExpressionAttributeValues: { ':pk': attemptsPartition(message), ':endpoint': ofEndpoint },
        ConsistentRead: true,
      },
    );
    const attempts: Attempt[] = [];
    for await (const page of pages) attempts.push(...(page.Items ?? []).flatMap(attemptOf));
    return attempts;
  },

  readAttemptsOfEndpoint: async (endpoint, span) => {
    const { items, more } = await attemptsInSpan({ client, tableName }, endpoint, span);
    return { items: items.flatMap(attemptOf), more };
  },

  superseded: async (application, attempts) => {
    const nextKey = (attempt: Attempt): Key => attemptKey({ ...application, ...attempt, attempt: attempt.attempt + 1 });
    const existing = await batchGet(client, tableName, attempts.map(nextKey), waiting);
    const keys = new Set((existing as Key[]).map(textOf));
    return new Set(attempts.filter((attempt) => keys.has(textOf(nextKey(attempt)))));
  },
});

const textOf = ({ PK, SK }: Key): string => `${PK}\n${SK}`;

const attemptOf = (item: Record<string, unknown>): Attempt[] => {
  const { PK, SK, GSI1PK, GSI1SK, ...record } = item as AttemptRecord & Key & { GSI1PK: string; GSI1SK: string };
  const ref = parseAttemptKey({ PK, SK });
  return ref === undefined ? [] : [{ ...record, messageId: ref.messageId, endpointId: ref.endpointId }];
};
