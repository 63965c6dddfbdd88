import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { DataKeyMissing, dataKeys, ownedDataKeys } from './data-keys.ts';

const table = mockClient(DynamoDBDocumentClient);
const kms = mockClient(KMSClient);
const HOUR_MS = 60 * 60 * 1000;

/** A table and a KMS that remember: a wrapped key is its plain bytes and the context it was made for. */
const items = new Map<string, Record<string, unknown>>();
let made = 0;
let nowMs = 0;

const wrap = (plain: number, organisation: string) => new TextEncoder().encode(JSON.stringify({ plain, organisation }));

beforeEach(() => {
  table.reset();
  kms.reset();
  items.clear();
  made = 0;
  nowMs = 0;
  table.on(GetCommand).callsFake(({ Key }) => ({ Item: items.get(`${Key.PK} ${Key.SK}`) }));
  table.on(PutCommand).callsFake(({ Item, ConditionExpression }) => {
    const key = `${Item.PK} ${Item.SK}`;
    if (items.has(key) && ConditionExpression === 'attribute_not_exists(PK)') {
      throw new ConditionalCheckFailedException({ message: 'stands already', $metadata: {} });
    }
    items.set(key, Item);
    return {};
  });
  kms.on(GenerateDataKeyCommand).callsFake(({ EncryptionContext }) => {
    made += 1;
    return { CiphertextBlob: wrap(made, EncryptionContext.organisation) };
  });
  kms.on(DecryptCommand).callsFake(({ CiphertextBlob, EncryptionContext }) => {
    const { plain, organisation } = JSON.parse(new TextDecoder().decode(CiphertextBlob));
    if (organisation !== EncryptionContext.organisation) throw new Error('InvalidCiphertext');
    return { Plaintext: new Uint8Array(32).fill(plain) };
  });
});

const config = () => ({
  client: table as unknown as DynamoDBDocumentClient,
  kms: kms as unknown as KMSClient,
  tableName: 'main',
  keyArn: 'arn:aws:kms:us-east-1:000000000000:key/secrets',
  now: () => nowMs,
});

test('the first use makes the key of an organisation, every later one finds it', async () => {
  const first = await ownedDataKeys(config()).current('org_1');
  await expect(ownedDataKeys(config()).current('org_1')).resolves.toEqual(first);
  expect(made).toBe(1);
});

test('two that make the first key at once agree on one of the two', async () => {
  const [one, other] = await Promise.all([
    ownedDataKeys(config()).current('org_1'),
    ownedDataKeys(config()).current('org_1'),
  ]);
  expect(made).toBe(2);
  expect(one).toEqual(other);
});

test('each organisation has a key of its own', async () => {
  const keys = ownedDataKeys(config());
  expect(await keys.current('org_1')).not.toEqual(await keys.current('org_2'));
});

test("one organisation's wrapped key does not open as another's", async () => {
  await ownedDataKeys(config()).current('org_1');
  items.set('org_2#DATAKEYS 000001', items.get('org_1#DATAKEYS 000001') ?? {});
  await expect(dataKeys(config()).numbered('org_2', 1)).rejects.toThrow('InvalidCiphertext');
});

test('a key is decrypted once an hour', async () => {
  const keys = ownedDataKeys(config());
  await keys.current('org_1');
  nowMs = HOUR_MS - 1;
  await keys.numbered('org_1', 1);
  expect(kms.commandCalls(DecryptCommand)).toHaveLength(1);
  nowMs = HOUR_MS;
  await keys.numbered('org_1', 1);
  expect(kms.commandCalls(DecryptCommand)).toHaveLength(2);
});

test('the plain key is never stored', async () => {
  const { bytes } = await ownedDataKeys(config()).current('org_1');
  for (const { args } of table.commandCalls(PutCommand)) {
    expect(Buffer.from(args[0].input.Item?.wrapped as Uint8Array).includes(Buffer.from(bytes))).toBe(false);
  }
});

test('a key that does not exist is a fault with its name', async () => {
  await expect(dataKeys(config()).numbered('org_1', 2)).rejects.toThrow(DataKeyMissing);
});

test('a failing table is not taken for a missing key', async () => {
  table.on(GetCommand).rejects(new Error('throttled'));
  await expect(ownedDataKeys(config()).current('org_1')).rejects.toThrow('throttled');
  expect(made).toBe(0);
});
