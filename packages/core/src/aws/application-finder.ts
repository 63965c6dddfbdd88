import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { FindApplication, FoundApplication } from '../find-application.ts';
import { isId } from '../ids.ts';
import { type ApplicationRef, applicationUidKey, versionKey } from '../keys.ts';
import { isUid } from '../uid.ts';

/**
 * Finds applications by id or uid. The version is always read strongly, so that an endpoint that was made before this
 * call gets this call's message. A uid's application is remembered, and checked against the version item each time: a
 * freed uid may name another application.
 */
export const applicationFinder = (client: DynamoDBDocumentClient, tableName: string): FindApplication => {
  const idsByUid = new Map<string, string>();

  const readVersion = async (ref: ApplicationRef): Promise<VersionRecord | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: versionKey(ref), ConsistentRead: true }),
    );
    const record = Item as VersionRecord | undefined;
    return record?.deletedAt === undefined ? record : undefined;
  };

  const resolve = async (orgId: string, uid: string): Promise<string | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: applicationUidKey(orgId, uid), ConsistentRead: true }),
    );
    return Item?.appId as string | undefined;
  };

  const findByUid = async (orgId: string, uid: string) => {
    const remembered = idsByUid.get(`${orgId} ${uid}`);
    if (remembered !== undefined) {
      const record = await readVersion({ orgId, appId: remembered });
      if (record?.uid === uid) return foundOf({ orgId, appId: remembered }, record);
    }
    const appId = await resolve(orgId, uid);
    if (appId === undefined) return undefined;
    const record = await readVersion({ orgId, appId });
    if (record === undefined) return undefined;
    idsByUid.set(`${orgId} ${uid}`, appId);
    return foundOf({ orgId, appId }, record);
  };

  return async (orgId, idOrUid) => {
    if (isUid('app', idOrUid)) return findByUid(orgId, idOrUid);
    if (!isId('app', idOrUid)) return undefined;
    const record = await readVersion({ orgId, appId: idOrUid });
    return record && foundOf({ orgId, appId: idOrUid }, record);
  };
};

const foundOf = (
  ref: ApplicationRef,
  { version, orderedEndpoints, payloadRetentionDays }: VersionRecord,
): FoundApplication => ({
  ...ref,
  version,
  ...(orderedEndpoints === undefined ? {} : { orderedEndpoints }),
  ...(payloadRetentionDays === undefined ? {} : { payloadRetentionDays }),
});
