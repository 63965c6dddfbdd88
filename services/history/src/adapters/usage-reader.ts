import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet, type Waiting } from '@fanfare/core/aws/batch-get';
import { type UsagePart, usageRows } from '@fanfare/core/aws/usage-rows';
import { concurrently } from '@fanfare/core/concurrently';
import { USAGE_SHARDS, usagePrefix, usageShard, versionKey } from '@fanfare/core/keys';
import type { CountedUsage, UsageOwner, UsagePorts } from '../domain/usage.ts';

const PARTS_AT_ONCE = 8;

/** What was counted of applications, and how their owners call them. */
export const usageReader = (
  client: DynamoDBDocumentClient,
  tableName: string,
  waiting: Waiting,
): Pick<UsagePorts, 'usageOfDay' | 'uidsOf'> => ({
  usageOfDay: async (owner, day, mostRows) => {
    const rows: CountedUsage[] = [];
    await concurrently(PARTS_AT_ONCE, partsOf(owner, day), async (part) => {
      for await (const page of usageRows(client, tableName, part)) {
        rows.push(...page);
        if (rows.length > mostRows) return;
      }
    });
    return rows.length > mostRows ? 'too-much' : rows;
  },

  uidsOf: async (applications) => {
    const found = await batchGet(client, tableName, applications.map(versionKey), waiting, ['uid', 'deletedAt']);
    const uids = new Map(found.map(({ PK, uid, deletedAt }) => [PK, deletedAt === undefined ? uid : undefined]));
    return new Map(
      applications.flatMap((ref) => {
        const uid = uids.get(versionKey(ref).PK);
        return typeof uid === 'string' ? [[ref.appId, uid] as const] : [];
      }),
    );
  },
});

const partsOf = ({ orgId, appIds }: UsageOwner, day: string): UsagePart[] =>
  appIds === undefined
    ? Array.from({ length: USAGE_SHARDS }, (_, shard) => ({ day, shard, prefix: usagePrefix(orgId) }))
    : appIds.map((appId) => ({ day, shard: usageShard({ appId }), prefix: usagePrefix(orgId, appId) }));
