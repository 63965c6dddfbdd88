import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { transact, type Write } from '@fanfare/core/aws/transaction';
import { isId } from '@fanfare/core/ids';
import {
  type ApplicationRef,
  applicationPartition,
  dueKey,
  ENDPOINT_SORT_KEY_PREFIX,
  endpointKey,
  endpointUidKey,
  type Key,
  versionKey,
} from '@fanfare/core/keys';
import { isUid } from '@fanfare/core/uid';
import { dueId } from '@fanfare/events/due-id';
import type { DueItem } from '@fanfare/events/due-item';
import { type EndpointRecord, endpointRecord } from '@fanfare/events/endpoint-record';
import * as z from 'zod/mini';
import { isAwaited } from '../domain/awaited-change.ts';
import { orderedMore } from '../domain/endpoint-order.ts';
import type { EndpointChange, EndpointStore } from '../domain/endpoint-store.ts';
import { keep } from './answer-table.ts';
import { endpointUpdate } from './endpoint-update.ts';
import { moveUid } from './uid-items.ts';
import { walk } from './walk.ts';

/** Endpoints and their uids. Each change raises the version of the application, in the same transaction. */
export const endpointTable = (client: DynamoDBDocumentClient, tableName: string, now: () => number): EndpointStore => {
  const get = async (key: Key) =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }))).Item;

  const idOf = async (ref: ApplicationRef, idOrUid: string): Promise<string | undefined> => {
    if (isUid('ep', idOrUid)) return (await get(endpointUidKey(ref, idOrUid)))?.endpointId as string | undefined;
    return isId('ep', idOrUid) ? idOrUid : undefined;
  };

  return {
    getEndpoint: async (ref, idOrUid) => {
      const endpointId = await idOf(ref, idOrUid);
      const item = endpointId === undefined ? undefined : await get(endpointKey({ ...ref, endpointId }));
      const found = item && z.parse(endpointRecord, item);
      return found?.deletedAt === undefined ? found : undefined;
    },

    listEndpoints: async (ref, request) => {
      const items = await walk(
        client,
        {
          TableName: tableName,
          KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
          FilterExpression: 'attribute_not_exists(deletedAt)',
          ExpressionAttributeValues: { ':pk': applicationPartition(ref), ':prefix': ENDPOINT_SORT_KEY_PREFIX },
          order: 'descending',
          keyOf: (endpointId) => endpointKey({ ...ref, endpointId }),
        },
        request,
      );
      return items.map((item) => z.parse(endpointRecord, item));
    },

    saveEndpoint: async (ref, change, kept) => {
      // One time for both: a look counts only at the time that the endpoint's item says.
      const nowMs = now();
      const outcome = await transact(client, [
        ...keep(tableName, kept, now),
        { otherwise: 'lost-race', item: { Update: nextVersion(tableName, ref, change) } },
        { otherwise: 'lost-race', item: endpointWrite(tableName, ref, change, nowMs) },
        ...wakeParked(tableName, ref, change, nowMs),
        ...uidWrites(tableName, ref, change),
      ]);
      return outcome === 'written' ? 'saved' : outcome;
    },

    buryEndpoint: async (ref, tombstone) => {
      const outcome = await transact(client, [
        {
          otherwise: 'already-buried',
          item: { Update: endpointUpdate(tableName, ref, tombstone) },
        },
        ...uidWrites(tableName, ref, { before: { ...tombstone, deletedAt: undefined }, after: tombstone }),
      ]);
      return outcome === 'lost-race' ? 'lost-race' : 'buried';
    },
  };
};

const endpointWrite = (TableName: string, ref: ApplicationRef, change: EndpointChange, nowMs: number) => {
  const { before, after } = change;
  const wakeAt = isAwaited(change) ? nowMs : undefined;
  if (before !== undefined) return { Update: endpointUpdate(TableName, ref, after, { before, wakeAt }) };
  const Item = { ...endpointKey({ ...ref, endpointId: after.id }), ...after };
  return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(PK)' } };
};

/** What waits for the endpoint is looked at as soon as this change lets it go on. */
const wakeParked = (
  TableName: string,
  { orgId, appId }: ApplicationRef,
  change: EndpointChange,
  nowMs: number,
): Write<'lost-race'>[] => {
  if (!isAwaited(change)) return [];
  const wake = { v: 1, orgId, appId, endpointId: change.after.id, wakeAt: nowMs } as const;
  const item: DueItem = { kind: 'due', what: 'endpoint', dueAt: nowMs, wake };
  const Item = { ...dueKey({ dueAt: nowMs, what: item.what, id: dueId(item) }), ...item };
  return [{ otherwise: 'lost-race', item: { Put: { TableName, Item } } }];
};

/** The application is as it was when the change was decided on; from now on it is one version further. */
const nextVersion = (TableName: string, ref: ApplicationRef, { seen, before, after }: EndpointChange) => {
  const more = orderedMore(before, after);
  return {
    TableName,
    Key: versionKey(ref),
    UpdateExpression: `SET #version = :next${more === 0 ? '' : ' ADD orderedEndpoints :more'}`,
    ConditionExpression: '#version = :seen AND attribute_not_exists(deletedAt)',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':seen': seen, ':next': seen + 1, ...(more === 0 ? {} : { ':more': more }) },
  };
};

const uidWrites = (tableName: string, ref: ApplicationRef, { before, after }: Omit<EndpointChange, 'seen'>) =>
  moveUid(tableName, { before: uidHeldBy(before), after: uidHeldBy(after) }, (uid) => endpointUidKey(ref, uid), {
    kind: 'endpoint-uid',
    endpointId: after.id,
  });

/** A tombstone still tells its uid, but holds it no more. */
const uidHeldBy = (endpoint: EndpointRecord | undefined): string | undefined =>
  endpoint?.deletedAt === undefined ? endpoint?.uid : undefined;
