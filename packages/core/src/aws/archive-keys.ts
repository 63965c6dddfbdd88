import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DataKey } from '../crypto/sealed.ts';
import { type ApplicationRef, archiveKeyKey } from '../keys.ts';

/** Applications have one so far; the number in what was sealed leaves room for more. */
const ONLY = 1;

/** More than are at work at a time; the one that was asked for first goes when there are more. */
const MOST_REMEMBERED = 10_000;

/** Answers the data key of an application's archived content; `undefined` where it was destroyed with the application. */
export type ArchiveKeyOf = (ref: ApplicationRef) => Promise<DataKey | undefined>;

type Config = { readonly client: DynamoDBDocumentClient; readonly kms: KMSClient; readonly tableName: string };

/** {@link ArchiveKeyOf} for whoever reads the archive. `undefined` as well where nothing was ever sealed. */
export const archiveKeys =
  ({ client, kms, tableName }: Config): ArchiveKeyOf =>
  async (ref) => {
    const item = await stored(client, tableName, ref);
    return item?.wrapped === undefined ? undefined : unwrapped(kms, ref, item.wrapped);
  };

/**
 * {@link ArchiveKeyOf} for whoever writes the archive: a key that is not there yet is made. Keys are remembered for as long as
 * the process lives: what is sealed with one that was destroyed meanwhile is as unreadable as the rest.
 */
export const ownedArchiveKeys = (config: Config & { readonly keyArn: string }): ArchiveKeyOf => {
  const { client, kms, tableName, keyArn } = config;
  const remembered = new Map<string, DataKey>();

  const make = async (ref: ApplicationRef): Promise<void> => {
    const { CiphertextBlob } = await kms.send(
      new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: contextOf(ref) }),
    );
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...archiveKeyKey(ref), kind: 'archive-key', wrapped: CiphertextBlob },
          // One that was destroyed leaves its item behind, so that no late record makes another.
          ConditionExpression: 'attribute_not_exists(PK)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };

  return async (ref) => {
    const known = remembered.get(nameOf(ref));
    if (known !== undefined) return known;
    if ((await stored(client, tableName, ref)) === undefined) await make(ref);
    const key = await archiveKeys(config)(ref);
    if (key === undefined) return undefined;
    const oldest = remembered.size < MOST_REMEMBERED ? undefined : remembered.keys().next().value;
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(nameOf(ref), key);
    return key;
  };
};

const nameOf = ({ orgId, appId }: ApplicationRef): string => `${orgId} ${appId}`;

/** Both are bound to it: the key of one application does not unwrap as that of another. */
const contextOf = ({ orgId, appId }: ApplicationRef) => ({ organisation: orgId, application: appId });

const stored = async (client: DynamoDBDocumentClient, TableName: string, ref: ApplicationRef) => {
  const { Item } = await client.send(new GetCommand({ TableName, Key: archiveKeyKey(ref), ConsistentRead: true }));
  return Item as { readonly wrapped?: Uint8Array } | undefined;
};

const unwrapped = async (kms: KMSClient, ref: ApplicationRef, wrapped: Uint8Array): Promise<DataKey> => {
  const { Plaintext } = await kms.send(
    new DecryptCommand({ CiphertextBlob: wrapped, EncryptionContext: contextOf(ref) }),
  );
  if (Plaintext === undefined) throw new Error('KMS decrypted nothing');
  return { number: ONLY, bytes: Plaintext };
};
