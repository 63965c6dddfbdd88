import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { queryIdOrdered } from '@fanfare/core/aws/id-ordered-query';
import { transact, type Write } from '@fanfare/core/aws/transaction';
import type { LostRace } from '@fanfare/core/contended';
import { isExpired } from '@fanfare/core/expiry';
import {
  type BackgroundTaskRef,
  backgroundTaskKey,
  backgroundTasksPartition,
  idempotencyKey,
  type Key,
  replayKey,
} from '@fanfare/core/keys';
import { type BackgroundTask, backgroundTask } from '@fanfare/events/background-task';
import * as z from 'zod/mini';
import { replayIn } from '../domain/background-task-json.ts';
import type { BackgroundTaskPorts, TaskChange } from '../domain/background-tasks.ts';
import type { StartReplayPorts } from '../domain/start-replay.ts';

type Ports = Pick<BackgroundTaskPorts, 'findTask' | 'readTasks' | 'change'> &
  Pick<StartReplayPorts, 'findReplay' | 'findClaim' | 'findRunning' | 'begin'>;

const claim = z.object({ taskId: z.string(), fingerprint: z.string(), expiresAt: z.number() });
const running = z.object({ taskId: z.string() });

/** Background tasks, and what makes one of several calls: the task that runs, and the answer to a repeated call. */
export const backgroundTaskTable = (client: DynamoDBDocumentClient, tableName: string, now: () => number): Ports => {
  const get = async (key: Key): Promise<Record<string, unknown> | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const findTask = async (ref: BackgroundTaskRef): Promise<BackgroundTask | undefined> => {
    const item = await get(backgroundTaskKey(ref));
    return item === undefined ? undefined : backgroundTask.parse(item);
  };

  return {
    findTask,
    findReplay: async (ref) => replayIn(await findTask(ref)),

    readTasks: async (orgId, span) => {
      const partition = backgroundTasksPartition(orgId);
      const of = { tableName, partitionName: 'PK', partition, sortName: 'SK', idPrefix: 'qtask' } as const;
      const { items, more } = await queryIdOrdered(client, of, span);
      return { items: items.map((item) => backgroundTask.parse(item)), more };
    },

    findClaim: async (orgId, keyHash) => {
      const item = await get(idempotencyKey(orgId, keyHash));
      if (item === undefined) return undefined;
      const found = claim.parse(item);
      return isExpired(found, now()) ? undefined : { keyHash, ...found };
    },

    findRunning: async (endpoint, request) => {
      const item = await get(replayKey(endpoint, request));
      return item === undefined ? undefined : running.parse(item).taskId;
    },

    begin: async (orgId, { task, claim: claimed, instead }) => {
      const { id: taskId, appId, endpointId, request, expiresAt } = task;
      const writes: Write<LostRace>[] = [
        put(backgroundTaskKey({ orgId, taskId }), task, 'attribute_not_exists(PK)'),
        // Who ended has left room; who stalled is named.
        put(
          replayKey({ orgId, appId, endpointId }, request),
          { kind: 'replay', taskId, expiresAt },
          'attribute_not_exists(PK) OR taskId = :instead',
          { ':instead': instead?.id ?? 'nobody' },
        ),
        ...(claimed === undefined
          ? []
          : [
              put(
                idempotencyKey(orgId, claimed.keyHash),
                { kind: 'idempotency', taskId, fingerprint: claimed.fingerprint, expiresAt: claimed.expiresAt },
                'attribute_not_exists(PK) OR expiresAt < :now',
                { ':now': Math.floor(now() / 1000) },
              ),
            ]),
        ...(instead === undefined
          ? []
          : [
              lostRace({ Update: updateOf(orgId, instead, { status: 'failed', reason: 'stalled', updatedAt: now() }) }),
            ]),
      ];
      return (await transact(client, writes)) === 'written' ? 'begun' : 'lost-race';
    },

    change: async (orgId, seen, change) => {
      const update = updateOf(orgId, seen, change);
      const replay = replayIn(seen);
      if (change.status === undefined || replay === undefined) return changed(client, update);
      const room = replayKey({ orgId, appId: replay.appId, endpointId: replay.endpointId }, replay.request);
      const ended = await transact(client, [lostRace({ Update: update }), lostRace({ Delete: leave(room, seen.id) })]);
      return ended === 'written' ? 'changed' : 'lost-race';
    },
  };

  function put(key: Key, item: object, condition: string, values?: Record<string, unknown>): Write<LostRace> {
    const Put = {
      TableName: tableName,
      Item: { ...key, ...item },
      ConditionExpression: condition,
      ...(values && { ExpressionAttributeValues: values }),
    };
    return lostRace({ Put });
  }

  function leave(key: Key, taskId: string) {
    return {
      TableName: tableName,
      Key: key,
      ConditionExpression: 'attribute_not_exists(PK) OR taskId = :task',
      ExpressionAttributeValues: { ':task': taskId },
    };
  }

  /** By what changes alone: fields that a later version knows stay as they are. */
  function updateOf(orgId: string, { id: taskId, step }: BackgroundTask, change: TaskChange) {
    // What held up the step before holds up this one when it says so.
    const { waitsFor, ...set } = { ...change, step: step + 1 };
    const fields = { ...set, ...(waitsFor === undefined ? {} : { waitsFor }) };
    const names = Object.keys(fields);
    return {
      TableName: tableName,
      Key: backgroundTaskKey({ orgId, taskId }),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${
        waitsFor === undefined ? ' REMOVE #waitsFor' : ''
      }`,
      ConditionExpression: '#status = :running AND #step = :seen',
      ExpressionAttributeNames: Object.fromEntries(
        [...new Set([...names, 'status', 'step', 'waitsFor'])].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: {
        ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
        ':running': 'running',
        ':seen': step,
      },
    };
  }
};

const lostRace = (item: Write<LostRace>['item']): Write<LostRace> => ({ item, otherwise: 'lost-race' });

const changed = async (
  client: DynamoDBDocumentClient,
  update: ConstructorParameters<typeof UpdateCommand>[0],
): Promise<'changed' | LostRace> => {
  try {
    await client.send(new UpdateCommand(update));
    return 'changed';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'lost-race';
    throw error;
  }
};
