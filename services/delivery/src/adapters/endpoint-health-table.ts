import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { type EndpointRef, endpointKey, versionKey } from '@fanfare/core/keys';
import { laterThan } from '@fanfare/core/later-than';
import { unreachable } from '@fanfare/core/unreachable';
import type { DeliverPorts } from '../domain/deliver.ts';
import type { HealthChange } from '../domain/endpoint-health.ts';

const ENABLED = 'attribute_exists(PK) AND attribute_not_exists(deletedAt) AND disabled = :false';
const BACK_OFF: BackOff = { attempts: 6, baseMs: 25, capMs: 500 };

type Config = {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly waiting: Waiting;
  readonly now: () => number;
};

/** An update of the endpoint's item and the condition under which it is made. */
type Update = {
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, unknown>;
};

/** What delivery learns about endpoints, written to their own items. Each write has a condition, so repeats change nothing. */
export const endpointHealthTable = ({ client, tableName, waiting, now }: Config): DeliverPorts['changeHealth'] => {
  const update = async (ref: EndpointRef, given: Update): Promise<'changed' | 'superseded'> => {
    try {
      await client.send(new UpdateCommand({ TableName: tableName, Key: endpointKey(ref), ...given }));
      return 'changed';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return 'superseded';
      throw error;
    }
  };

  /** The version is raised with it, so that fan-out's caches do not go on making tasks. */
  const disable = async (ref: EndpointRef, given: Update): Promise<'changed' | 'superseded'> => {
    const TransactItems = [
      { Update: { TableName: tableName, Key: endpointKey(ref), ...given } },
      { Update: nextVersion(tableName, ref) },
    ];
    for (let repeat = 0; ; repeat += 1) {
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      try {
        await client.send(new TransactWriteCommand({ TransactItems }));
        return 'changed';
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
        if (codes.includes('ConditionalCheckFailed')) return 'superseded';
        // Neighbours of the batch were answered the same, or the application is being changed.
        if (!codes.includes('TransactionConflict') || repeat === BACK_OFF.attempts) throw error;
      }
    }
  };

  return (ref, change) => {
    switch (change.kind) {
      case 'fails':
        return update(ref, {
          UpdateExpression: 'SET failingSince = :since',
          ConditionExpression: `${ENABLED} AND updatedAt = :seen AND attribute_not_exists(failingSince)`,
          ExpressionAttributeValues: { ':since': change.since, ':seen': change.asOf.updatedAt, ':false': false },
        });
      case 'recovered':
        return update(ref, {
          UpdateExpression: 'REMOVE failingSince',
          ConditionExpression: 'failingSince = :since AND attribute_not_exists(deletedAt)',
          ExpressionAttributeValues: { ':since': change.since },
        });
      case 'disable':
        return disable(ref, disabling(change, now()));
      default:
        return unreachable(change);
    }
  };
};

const disabling = (change: Extract<HealthChange, { kind: 'disable' }>, nowMs: number): Update => {
  const { asOf, reason } = change;
  const isKnown = 'updatedAt' in asOf;
  // Both are RFC 3339 in UTC with milliseconds, so their order is that of time.
  const seen = isKnown ? asOf.updatedAt : new Date(asOf.attemptedAt).toISOString();
  return {
    UpdateExpression: 'SET disabled = :true, disabledReason = :reason, updatedAt = :now',
    ConditionExpression: [
      ENABLED,
      isKnown ? 'updatedAt = :seen' : 'updatedAt <= :seen',
      ...(reason === 'failing' ? ['failingSince = :since'] : []),
    ].join(' AND '),
    ExpressionAttributeValues: {
      ...{ ':true': true, ':false': false, ':reason': reason, ':seen': seen, ':now': laterThan(seen, nowMs) },
      ...(reason === 'failing' ? { ':since': change.since } : {}),
    },
  };
};

const nextVersion = (TableName: string, ref: EndpointRef) => ({
  TableName,
  Key: versionKey(ref),
  UpdateExpression: 'ADD #version :one',
  ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(deletedAt)',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':one': 1 },
});
