import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { archiveKeyKey } from '../keys.ts';
import { archiveKeys, ownedArchiveKeys } from './archive-keys.ts';

const table = mockClient(DynamoDBDocumentClient);
const kms = mockClient(KMSClient);
/** A table and a KMS that remember: a wrapped key is its plain byte and the context it was made for. */
const items = new Map<string, Record<string, unknown>>();
let made = 0;

const keyOf = ({ PK, SK }: Record<string, unknown>) => `${PK} ${SK}`;

beforeEach(() => {
  table.reset();
  kms.reset();
  items.clear();
  made = 0;
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(keyOf(Key)) }));
  table.on(PutCommand).callsFake(({ Item }) => {
    if (items.has(keyOf(Item))) throw new ConditionalCheckFailedException({ message: 'stands', $metadata: {} });
    items.set(keyOf(Item), Item);
  });
  kms.on(GenerateDataKeyCommand).callsFake(({ EncryptionContext }) => {
    made += 1;
    return { CiphertextBlob: Buffer.from(JSON.stringify({ made, EncryptionContext })) };
  });
  kms.on(DecryptCommand).callsFake(({ CiphertextBlob, EncryptionContext }) => {
    const wrapped = JSON.parse(Buffer.from(CiphertextBlob).toString());
    if (JSON.stringify(wrapped.EncryptionContext) !== JSON.stringify(EncryptionContext))
      throw new Error('InvalidCiphertext');
    return { Plaintext: new Uint8Array(32).fill(wrapped.made) };
  });
});

const config = () => ({
  client: table as unknown as DynamoDBDocumentClient,
  kms: kms as unknown as KMSClient,
  tableName: 'main',
  keyArn: 'arn:aws:kms:us-east-1:000000000000:key/secrets',
});
const app = (appId: string) => ({ orgId: 'org_1', appId });

test('each application gets a key of its own, which its readers find', async () => {
  const keyOfApp = ownedArchiveKeys(config());
  const [one, other] = [await keyOfApp(app('app_1')), await keyOfApp(app('app_2'))];
  expect(one).not.toEqual(other);
  await expect(archiveKeys(config())(app('app_1'))).resolves.toEqual(one);
  await keyOfApp(app('app_1'));
  expect(kms.commandCalls(DecryptCommand)).toHaveLength(3);
});

test('two that make the key at once agree on one of the two', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => ownedArchiveKeys(config())(app('app_1'))));
  expect(made).toBe(2);
  expect(one).toEqual(other);
});

test('the key of one application does not open as that of another', async () => {
  await ownedArchiveKeys(config())(app('app_1'));
  items.set(keyOf(archiveKeyKey(app('app_2'))), items.get(keyOf(archiveKeyKey(app('app_1')))) ?? {});
  await expect(archiveKeys(config())(app('app_2'))).rejects.toThrow('InvalidCiphertext');
});

test('where the key was destroyed there is none, and no other is made', async () => {
  items.set(keyOf(archiveKeyKey(app('app_1'))), { kind: 'archive-key', destroyedAt: 1 });
  await expect(ownedArchiveKeys(config())(app('app_1'))).resolves.toBeUndefined();
  await expect(archiveKeys(config())(app('app_1'))).resolves.toBeUndefined();
  expect(made).toBe(0);
});
