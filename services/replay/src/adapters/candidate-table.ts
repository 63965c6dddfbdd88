import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { attemptsInSpan, messagesInSpan } from '@fanfare/core/aws/id-ordered-lists';
import {
  attemptsOfEndpointPrefix,
  attemptsPartition,
  endpointKey,
  type Key,
  messageKey,
  parseAttemptKey,
  versionKey,
} from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { messageRecord } from '@fanfare/events/message-record';
import * as z from 'zod/mini';
import type { Attempt, FoundMessage } from '../domain/selection.ts';
import type { StepPorts } from '../domain/take-step.ts';

type Ports = Pick<
  StepPorts,
  | 'readMessages'
  | 'readAttemptsOfEndpoint'
  | 'attemptsAt'
  | 'messagesByIds'
  | 'findApplicationVersion'
  | 'findEndpointById'
>;

const facts = z.pick(attemptRecord, {
  id: true,
  attempt: true,
  succeeded: true,
  responseStatusCode: true,
  attemptedAt: true,
  nextAttemptAt: true,
});
const ATTRIBUTES = ['PK', 'SK', ...Object.keys(facts.shape)];
const NAMES = Object.fromEntries(ATTRIBUTES.map((attribute) => [`#${attribute}`, attribute]));

/** What a replay walks through, and what it needs to know of it. Strongly read, except an endpoint's attempts. */
export const candidateTable = (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): Ports => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  return {
    findApplicationVersion: async (ref) => {
      const item = await get(versionKey(ref));
      return item === undefined ? undefined : versionRecord.parse(item);
    },

    findEndpointById: async (ref) => {
      const item = await get(endpointKey(ref));
      return item === undefined ? undefined : endpointRecord.parse(item);
    },

    readMessages: (application, span) => messagesInSpan({ client, tableName }, application, span, foundMessage),

    readAttemptsOfEndpoint: async (endpoint, span) => {
      const { items, more } = await attemptsInSpan({ client, tableName }, endpoint, span);
      return { items: items.map(attemptOf), more };
    },

    attemptsAt: async (message, endpointId) => {
      const pages = paginateQuery(
        { client },
        {
          TableName: tableName,
          KeyConditionExpression: 'PK = :partition AND begins_with(SK, :endpoint)',
          ExpressionAttributeValues: {
            ':partition': attemptsPartition(message),
            ':endpoint': attemptsOfEndpointPrefix(endpointId),
          },
          ProjectionExpression: Object.keys(NAMES).join(', '),
          ExpressionAttributeNames: NAMES,
          ConsistentRead: true,
        },
      );
      const attempts: Attempt[] = [];
      for await (const { Items = [] } of pages) attempts.push(...Items.map(attemptOf));
      return attempts;
    },

    messagesByIds: async (application, ids) => {
      const keys = ids.map((messageId) => messageKey({ ...application, messageId }));
      const items = await batchGet(client, tableName, keys, waiting);
      return items.map(foundMessage).flatMap(({ message }) => (message === undefined ? [] : [message]));
    },
  };
};

/** A message that cannot be read stands in fan-out's quarantine, and is looked after there. */
const foundMessage = (item: Record<string, unknown>): FoundMessage => {
  const id = String(item.SK);
  const message = messageRecord.safeParse(item);
  return message.success ? { id, message: { ...message.data, id } } : { id };
};

const attemptOf = (item: Record<string, unknown>): Attempt => {
  const ref = parseAttemptKey({ PK: String(item.PK), SK: String(item.SK) });
  if (ref === undefined) throw new Error('the key is not that of an attempt');
  return {
    ...facts.parse(item),
    messageId: ref.messageId,
    ...(ref.copyId === undefined ? {} : { copyId: ref.copyId }),
  };
};
