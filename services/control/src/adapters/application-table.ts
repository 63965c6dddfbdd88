import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { transact, type Write } from '@fanfare/core/aws/transaction';
import { isId } from '@fanfare/core/ids';
import {
  type ApplicationRef,
  applicationKey,
  applicationsPartition,
  applicationUidKey,
  archiveKeyKey,
  versionKey,
} from '@fanfare/core/keys';
import { isUid } from '@fanfare/core/uid';
import { type ApplicationRecord, applicationRecord, versionRecord } from '@fanfare/events/application-record';
import * as z from 'zod/mini';
import type { ApplicationChange, ApplicationStore } from '../domain/application-store.ts';
import type { KeptAnswer } from '../domain/idempotency.ts';
import { keep } from './answer-table.ts';
import { moveUid } from './uid-items.ts';
import { walk } from './walk.ts';

const FIRST_VERSION = 1;

/** What of an application stands beside its version too. */
const BESIDE_VERSION = ['uid', 'throttleRate', 'payloadRetentionDays'] as const;

/** Applications, their versions and uids. */
export const applicationTable = (
  client: DynamoDBDocumentClient,
  tableName: string,
  now: () => number,
): ApplicationStore => {
  const get = async (Key: { PK: string; SK: string }) =>
    (await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item;

  const idOf = async (orgId: string, idOrUid: string): Promise<string | undefined> => {
    if (isUid('app', idOrUid)) return (await get(applicationUidKey(orgId, idOrUid)))?.appId as string | undefined;
    return isId('app', idOrUid) ? idOrUid : undefined;
  };

  return {
    getApplication: async (orgId, idOrUid) => {
      const appId = await idOf(orgId, idOrUid);
      const item = appId === undefined ? undefined : await get(applicationKey({ orgId, appId }));
      return item && z.parse(applicationRecord, item);
    },

    listApplications: async (orgId, request) => {
      const items = await walk(
        client,
        {
          TableName: tableName,
          KeyConditionExpression: 'PK = :pk',
          ExpressionAttributeValues: { ':pk': applicationsPartition(orgId) },
          order: 'ascending',
          keyOf: (appId) => applicationKey({ orgId, appId }),
        },
        request,
      );
      return items.map((item) => z.parse(applicationRecord, item));
    },

    saveApplication: async (orgId, change, kept) => {
      if (isOneItem(change, kept)) return putApplication(client, tableName, orgId, change);
      const outcome = await transact(client, [
        ...keep(tableName, kept, now),
        { otherwise: 'lost-race', item: { Put: applicationPut(tableName, orgId, change) } },
        ...versionWrite(tableName, orgId, change),
        ...uidWrites(tableName, orgId, change.after.id, change.before?.uid, change.after.uid),
      ]);
      return outcome === 'written' ? 'saved' : outcome;
    },

    removeApplication: async (ref, before, tombstone) => {
      const outcome = await transact(client, [
        { otherwise: 'lost-race', item: { Delete: { TableName: tableName, Key: applicationKey(ref), ...as(before) } } },
        { otherwise: 'lost-race', item: { Update: versionTombstone(tableName, ref, tombstone) } },
        { otherwise: 'lost-race', item: { Put: archiveKeyDestroyed(tableName, ref, tombstone) } },
        ...uidWrites(tableName, ref.orgId, ref.appId, before.uid, undefined),
      ]);
      return outcome === 'written' ? 'removed' : 'lost-race';
    },

    wasDeleted: async (orgId, appId) => {
      const item = await get(versionKey({ orgId, appId }));
      return item !== undefined && z.parse(versionRecord, item).deletedAt !== undefined;
    },
  };
};

/** The condition that an application is still as it was read. */
const as = ({ updatedAt }: ApplicationRecord) => ({
  ConditionExpression: 'updatedAt = :seen',
  ExpressionAttributeValues: { ':seen': updatedAt },
});

const applicationPut = (TableName: string, orgId: string, { before, after }: ApplicationChange) => ({
  TableName,
  Item: { ...applicationKey({ orgId, appId: after.id }), ...after },
  ...(before === undefined ? { ConditionExpression: 'attribute_not_exists(PK)' } : as(before)),
});

/** Nothing beside the application itself changes: a plain write costs half of a transaction. */
const isOneItem = ({ before, after }: ApplicationChange, kept: KeptAnswer | undefined): boolean =>
  before !== undefined && isVersionSame({ before, after }) && kept === undefined;

const isVersionSame = ({ before, after }: ApplicationChange): boolean =>
  before !== undefined && BESIDE_VERSION.every((name) => before[name] === after[name]);

const putApplication = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  orgId: string,
  change: ApplicationChange,
): Promise<'saved' | 'lost-race'> => {
  try {
    await client.send(new PutCommand(applicationPut(tableName, orgId, change)));
    return 'saved';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'lost-race';
    if (error instanceof TransactionConflictException) return 'lost-race';
    throw error;
  }
};

/**
 * The version item is made with the application. It knows its uid, which whoever reads it checks, its rate, which whoever
 * delivers keeps, and how long payloads are kept, which whoever accepts writes: all of them read this item anyway.
 */
const versionWrite = (TableName: string, orgId: string, change: ApplicationChange): Write<'lost-race'>[] => {
  const { before, after } = change;
  const ref = { orgId, appId: after.id };
  if (before === undefined) {
    const Item = { ...versionKey(ref), kind: 'application-version', version: FIRST_VERSION, ...besideVersion(after) };
    return [
      { otherwise: 'lost-race', item: { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(PK)' } } },
    ];
  }
  if (isVersionSame(change)) return [];
  const values = besideVersion(after);
  const set = BESIDE_VERSION.filter((name) => values[name] !== undefined);
  const removed = BESIDE_VERSION.filter((name) => values[name] === undefined);
  const expressions = [
    ...(set.length === 0 ? [] : [`SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`]),
    ...(removed.length === 0 ? [] : [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`]),
  ];
  return [
    {
      otherwise: 'lost-race',
      item: {
        Update: {
          TableName,
          Key: versionKey(ref),
          UpdateExpression: expressions.join(' '),
          ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(deletedAt)',
          ExpressionAttributeNames: Object.fromEntries(BESIDE_VERSION.map((name) => [`#${name}`, name])),
          ...(set.length === 0
            ? {}
            : { ExpressionAttributeValues: Object.fromEntries(set.map((name) => [`:${name}`, values[name]])) }),
        },
      },
    },
  ];
};

const besideVersion = ({ uid, throttleRate, payloadRetentionDays }: ApplicationRecord) => ({
  uid,
  throttleRate,
  payloadRetentionDays,
});

const versionTombstone = (
  TableName: string,
  ref: ApplicationRef,
  { deletedAt, expiresAt }: { readonly deletedAt: string; readonly expiresAt: number },
) => ({
  TableName,
  Key: versionKey(ref),
  UpdateExpression: 'SET #version = #version + :one, deletedAt = :deletedAt, expiresAt = :expiresAt REMOVE #uid',
  ConditionExpression: 'attribute_exists(PK) AND attribute_not_exists(deletedAt)',
  ExpressionAttributeNames: { '#version': 'version', '#uid': 'uid' },
  ExpressionAttributeValues: { ':one': 1, ':deletedAt': deletedAt, ':expiresAt': expiresAt },
});

/**
 * Without its data key, nobody can read what the archive holds of the application. What is left says so for good, and keeps
 * whoever archives its last messages from making another.
 */
const archiveKeyDestroyed = (
  TableName: string,
  ref: ApplicationRef,
  { deletedAt }: { readonly deletedAt: string },
) => ({
  TableName,
  Item: { ...archiveKeyKey(ref), kind: 'archive-key', destroyedAt: deletedAt },
});

const uidWrites = (
  tableName: string,
  orgId: string,
  appId: string,
  before: string | undefined,
  after: string | undefined,
) => moveUid(tableName, { before, after }, (uid) => applicationUidKey(orgId, uid), { kind: 'application-uid', appId });
