import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { contentKey, contentPlace } from '@fanfare/core/archive/archive-names';
import { archiveKeys } from '@fanfare/core/aws/archive-keys';
import { MARSHALL_OPTIONS } from '@fanfare/core/aws/table-client';
import { type DataKey, unseal } from '@fanfare/core/crypto/sealed';
import { unpackPayload } from '@fanfare/core/payload';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { Failure } from '../toolchain/failure.mjs';
import { archiveBucketOf } from './archive-search.ts';
import type { OpsStage } from './stage.ts';

/** The stage's table, as operations of the archive reach it. */
export const openTable = ({ clientOptions, contract, stage }: OpsStage) => {
  const tableName = contract.get('table/name');
  if (tableName === undefined) throw new Failure(`The stage '${stage}' exports no table: apply terraform/ to it.`);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions), { marshallOptions: MARSHALL_OPTIONS });
  return { client, tableName };
};

/**
 * `absent`: not archived, or expunged. `unreadable`: the application was deleted, and its data key destroyed.
 */
export type Content = { readonly packed: Uint8Array } | 'absent' | 'unreadable';

/** Whether the archive has content of a row, in it or in an object of its own. */
export const hasContent = (row: ArchiveRow): boolean => row.content !== undefined || isApart(row);

/** An older version's compaction leaves that mark on what was expunged. */
const isApart = (row: ArchiveRow): boolean =>
  row.kind === 'message' && row.content_object === true && row.expunged_at === undefined;

/**
 * Opens sealed content, one at a time. The key of each application is asked for once; asking for it is an operator's own right.
 */
export const contentOpener = (stage: OpsStage): ((row: ArchiveRow) => Promise<Content>) => {
  const keyOf = archiveKeys({ ...openTable(stage), kms: new KMSClient(stage.clientOptions) });
  const keys = new Map<string, Promise<DataKey | undefined>>();
  return async (row) => {
    if (!hasContent(row)) return 'absent';
    const known = keys.get(row.app_id) ?? keyOf({ orgId: row.org_id, appId: row.app_id });
    keys.set(row.app_id, known);
    const key = await known;
    if (key === undefined) return 'unreadable';
    const sealed = row.content === undefined ? await sealedApart(stage, row) : Buffer.from(row.content, 'base64');
    return sealed === undefined ? 'absent' : { packed: unseal(new Uint8Array(sealed), contentPlace(row), key) };
  };
};

/** `undefined` where it was removed since the row was read. */
const sealedApart = async (stage: OpsStage, row: ArchiveRow): Promise<Uint8Array | undefined> => {
  try {
    const object = { Bucket: archiveBucketOf(stage), Key: contentKey(row) };
    const { Body } = await stage.s3.send(new GetObjectCommand(object));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};

/** Content as text: a message's payload as it was posted, or what an endpoint answered. */
export const contentText = (row: ArchiveRow, content: Content): string => {
  if (content === 'absent') return row.expunged_at === undefined ? '(not archived)' : '(expunged)';
  if (content === 'unreadable') return '(unreadable: the application was deleted)';
  const bytes =
    row.kind === 'message' ? unpackPayload({ encoding: row.encoding, bytes: content.packed }) : content.packed;
  return new TextDecoder().decode(bytes);
};
