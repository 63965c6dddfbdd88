import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DataKey } from '../crypto/sealed.ts';
import { dataKeyKey } from '../keys.ts';

/** How long a decrypted data key stays in memory: one KMS call per organisation, environment and hour. */
const CACHED_MS = 60 * 60 * 1000;
const FIRST = 1;

export type DataKeys = {
  /** The data key that new secrets of the organisation are sealed with; made when there is none yet. */
  readonly current: (orgId: string) => Promise<DataKey>;
  /** The data key of this number. Throws when it does not exist. */
  readonly numbered: (orgId: string, number: number) => Promise<DataKey>;
};

type Config = {
  readonly client: DynamoDBDocumentClient;
  readonly kms: KMSClient;
  readonly tableName: string;
  readonly now: () => number;
};

/** Data keys of organisations: encrypted by KMS in the table, decrypted and cached here. The organisation is the encryption context. */
export const dataKeys = ({ client, kms, tableName, now }: Config): Omit<DataKeys, 'current'> => {
  const cache = new Map<string, { readonly key: DataKey; readonly untilMs: number }>();

  const numbered = async (orgId: string, number: number): Promise<DataKey> => {
    const cached = cache.get(`${orgId} ${number}`);
    if (cached !== undefined && cached.untilMs > now()) return cached.key;
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: dataKeyKey(orgId, number), ConsistentRead: true }),
    );
    if (Item === undefined) throw new DataKeyMissing(orgId, number);
    const { Plaintext } = await kms.send(
      new DecryptCommand({ CiphertextBlob: Item.wrapped as Uint8Array, EncryptionContext: { organisation: orgId } }),
    );
    if (Plaintext === undefined) throw new Error('KMS decrypted nothing');
    const key = { number, bytes: Plaintext };
    cache.set(`${orgId} ${number}`, { key, untilMs: now() + CACHED_MS });
    return key;
  };
  return { numbered };
};

/** {@link dataKeys} for a service that also makes them. Two that make the first key at once agree on one of the two. */
export const ownedDataKeys = (config: Config & { readonly keyArn: string }): DataKeys => {
  const { client, kms, tableName, keyArn } = config;
  const { numbered } = dataKeys(config);

  const make = async (orgId: string): Promise<void> => {
    const { CiphertextBlob } = await kms.send(
      new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: { organisation: orgId } }),
    );
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...dataKeyKey(orgId, FIRST), kind: 'data-key', wrapped: CiphertextBlob },
          ConditionExpression: 'attribute_not_exists(PK)',
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };

  const current = async (orgId: string): Promise<DataKey> => {
    try {
      return await numbered(orgId, FIRST);
    } catch (error) {
      if (!(error instanceof DataKeyMissing)) throw error;
      await make(orgId);
      return numbered(orgId, FIRST);
    }
  };
  return { current, numbered };
};

export class DataKeyMissing extends Error {
  override readonly name = 'DataKeyMissing';
  constructor(orgId: string, number: number) {
    super(`organisation ${orgId} has no data key ${number}`);
  }
}
