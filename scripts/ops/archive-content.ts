import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { contentPlace } from '@fanfare/core/archive/archive-names';
import { archiveKeys } from '@fanfare/core/aws/archive-keys';
import { MARSHALL_OPTIONS } from '@fanfare/core/aws/table-client';
import { type DataKey, unseal } from '@fanfare/core/crypto/sealed';
import { unpackPayload } from '@fanfare/core/payload';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { Failure } from '../toolchain/failure.mjs';
import type { OpsStage } from './stage.ts';

/** The stage's table, as operations of the archive reach it. */
export const openTable = ({ clientOptions, contract, stage }: OpsStage) => {
  const tableName = contract.get('table/name');
  if (tableName === undefined) throw new Failure(`The stage '${stage}' exports no table: apply terraform/ to it.`);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions), { marshallOptions: MARSHALL_OPTIONS });
  return { client, tableName };
};

/** `absent`: not archived (as no payload is that an object has), or expunged. `unreadable`: the application was deleted, and its data key destroyed. */
export type Content = { readonly packed: Uint8Array } | 'absent' | 'unreadable';

/** Opens sealed content. The key of each application is asked for once; asking for it is an operator's own right. */
export const contentOpener = (stage: OpsStage): ((row: ArchiveRow) => Promise<Content>) => {
  const keyOf = archiveKeys({ ...openTable(stage), kms: new KMSClient(stage.clientOptions) });
  const keys = new Map<string, Promise<DataKey | undefined>>();
  return async (row) => {
    if (row.content === undefined) return 'absent';
    const known = keys.get(row.app_id) ?? keyOf({ orgId: row.org_id, appId: row.app_id });
    keys.set(row.app_id, known);
    const key = await known;
    if (key === undefined) return 'unreadable';
    return { packed: unseal(new Uint8Array(Buffer.from(row.content, 'base64')), contentPlace(row), key) };
  };
};

/** Content as text: a message's payload as it was posted, or what an endpoint answered. */
export const contentText = (row: ArchiveRow, content: Content): string => {
  if (content === 'absent') return row.expunged_at === undefined ? '(not archived)' : '(expunged)';
  if (content === 'unreadable') return '(unreadable: the application was deleted)';
  const bytes =
    row.kind === 'message' ? unpackPayload({ encoding: row.encoding, bytes: content.packed }) : content.packed;
  return new TextDecoder().decode(bytes);
};
