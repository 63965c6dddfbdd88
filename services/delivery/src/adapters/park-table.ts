import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { batchGet } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { concurrently } from '@fanfare/core/concurrently';
import { endpointKey, parkedTaskKey, parkPartition, versionKey } from '@fanfare/core/keys';
import { versionRecord } from '@fanfare/events/application-record';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { type ParkedTask, parkedTask } from '@fanfare/events/parked-task';
import type { DrainPorts } from '../domain/drain.ts';
import type { ParkPorts } from '../domain/park.ts';
import type { ParkState } from '../domain/release-parked.ts';

type ParkTable = Pick<ParkPorts, 'saveParked'> & Pick<DrainPorts, 'oldest' | 'remove' | 'readState'>;

/**
 * Beyond what the client repeats by itself. A partition takes 1,000 writes a second, and a lane's functions can park more:
 * whoever is throttled waits for its turn, 10 s on average until it gives up. Short waits, because those who have just
 * come would be served before those who wait for long.
 */
const BACK_OFF: BackOff = { attempts: 40, baseMs: 100, capMs: 500 };

/** As many as are sent on by one call of a queue. */
const REMOVALS_AT_ONCE = 10;

/** The parked tasks of endpoints. */
export const parkTable = (client: DynamoDBDocumentClient, tableName: string, waiting: Waiting): ParkTable => ({
  saveParked: async (parked) => {
    const Item = { ...parkedTaskKey(parked.task), ...parked };
    const put = () => client.send(new PutCommand({ TableName: tableName, Item, ReturnValues: 'ALL_OLD' }));
    const { Attributes } = await patiently(put, waiting);
    return Attributes === undefined ? 'parked' : 'already-parked';
  },

  oldest: async (ref, limit) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'PK = :pk',
        ExpressionAttributeValues: { ':pk': parkPartition(ref) },
        ConsistentRead: true,
        Limit: limit,
      }),
    );
    return Items.map(parkedOf);
  },

  remove: async (parked) => {
    await concurrently(REMOVALS_AT_ONCE, parked, async ({ task, parkedAt }) => {
      const command = new DeleteCommand({
        TableName: tableName,
        Key: parkedTaskKey(task),
        ConditionExpression: 'parkedAt = :parkedAt',
        ExpressionAttributeValues: { ':parkedAt': parkedAt },
      });
      try {
        await patiently(() => client.send(command), waiting);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    });
  },

  readState: async (ref): Promise<ParkState> => {
    const items = await batchGet(client, tableName, [endpointKey(ref), versionKey(ref)], waiting);
    const found = (kind: string) => items.find((item) => item.kind === kind);
    const [endpoint, application] = [found('endpoint'), found('application-version')];
    return {
      ...(endpoint === undefined ? {} : { endpoint: endpointRecord.parse(endpoint) }),
      ...(application === undefined ? {} : { application: versionRecord.parse(application) }),
    };
  },
});

/** Waits where the partition is busy. */
const patiently = async <T>(write: () => Promise<T>, waiting: Waiting): Promise<T> => {
  for (let repeat = 0; ; repeat += 1) {
    if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
    try {
      return await write();
    } catch (error) {
      if (!isThrottled(error) || repeat === BACK_OFF.attempts) throw error;
    }
  }
};

/** By the partition's limit, by the account's, by the service's. */
const THROTTLED = ['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException'];

const isThrottled = (error: unknown): boolean => error instanceof Error && THROTTLED.includes(error.name);

/** The task as it was stored, with fields that a later version may have given it. */
const parkedOf = (stored: Record<string, unknown>): ParkedTask => ({
  ...parkedTask.parse(stored),
  task: stored.task as ParkedTask['task'],
});
