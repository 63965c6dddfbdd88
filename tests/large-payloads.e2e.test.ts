import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { type MessageRef, messageKey } from '@fanfare/core/keys';
import { unpackPayload } from '@fanfare/core/payload';
import { payloadObjectKey } from '@fanfare/core/payload-object';
import { jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { newEndpoint, newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue, environmentUnderTest, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;
let target: Target;

beforeEach(async () => {
  tenant = await newTenant();
  target = await newTarget(tenant);
});

const MEGABYTE = 1024 * 1024;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A payload of exactly this many bytes, spelled as no printer would, that hardly packs. */
const payloadOf = (bytes: number): string => {
  let state = bytes;
  const frame = ['{ "price": 1.50,"text":"', '"}'];
  const letters = Array.from({ length: bytes - frame.join('').length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return ALPHABET[state >>> 26];
  });
  return frame.join(letters.join(''));
};

const post = (payload: string) =>
  call('POST', `/api/v1/app/${target.appId}/msg`, {
    ...{ token: tenant.token, text: `{"eventType":"a","payload":${payload}}` },
  });
const accept = async (payload: string): Promise<string> => {
  const { status, body } = await post(payload);
  expect(status).toBe(202);
  return (body as { id: string }).id;
};

const bucket = () => contractValue('bucket/payloads/name');
const s3 = () => new S3Client({ ...clientOptions(), forcePathStyle: true });
const keyOf = (messageId: string) => payloadObjectKey({ orgId: tenant.orgId, appId: target.appId, messageId });
const objectsOf = async (): Promise<readonly string[]> => {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: await bucket() }));
  return Contents.flatMap(({ Key = '' }) => (Key.includes(target.appId) ? [Key] : []));
};

test.each([
  ['16 KB, which its item holds', 16 * 1024, 0],
  ['256 KB', 256 * 1024, 1],
  ['a megabyte, the most there may be', MEGABYTE, 1],
])('a payload of %s arrives byte for byte and signed, at each endpoint', async (_title, bytes, objects) => {
  const other = await newEndpoint(tenant, target.appId);
  const payload = payloadOf(bytes);
  const messageId = await accept(payload);
  for (const one of [target, other]) {
    const [request] = await untilReceived(one, 1);
    expect(request?.body.equals(Buffer.from(payload))).toBe(true);
    expect(request?.headers['webhook-id']).toBe(messageId);
    expect(() => new Webhook(one.secret).verify(payload, request?.headers as Record<string, string>)).not.toThrow();
  }
  expect(await objectsOf()).toEqual(objects === 0 ? [] : [keyOf(messageId)]);
});

test('a payload of a byte more is refused, and nothing is kept of it', async () => {
  expect(await post(payloadOf(MEGABYTE + 1))).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  expect(await objectsOf()).toEqual([]);
  expect((await tenant.svix.message.list(target.appId)).data).toEqual([]);
});

test('a large payload is the same at the second attempt, by hand, in the history and in its object', async () => {
  receiver().behave(target.path, { kind: 'answer', statuses: [500, 200] });
  const payload = payloadOf(100_000);
  const messageId = await accept(payload);
  await untilReceived(target, 2);
  await tenant.svix.messageAttempt.resend(target.appId, messageId, target.endpointId);
  const requests = await untilReceived(target, 3);
  expect(requests.map(({ body }) => body.equals(Buffer.from(payload)))).toEqual([true, true, true]);

  const path = `/api/v1/app/${target.appId}/msg`;
  const { body: one } = await call('GET', `${path}/${messageId}`, { token: tenant.token });
  const { data: listed } = await tenant.svix.message.list(target.appId, { withContent: true });
  const { data: attempted } = await tenant.svix.messageAttempt.listAttemptedMessages(target.appId, target.endpointId, {
    withContent: true,
  });
  // Compared without showing them: a difference would fill the screen.
  const shown = [one as { payload: unknown }, ...listed, ...attempted].map((message) =>
    JSON.stringify(message.payload),
  );
  const expected = JSON.stringify(JSON.parse(payload));
  expect(shown.map((text) => text === expected)).toEqual([true, true, true]);

  const { Body } = await s3().send(new GetObjectCommand({ Bucket: await bucket(), Key: keyOf(messageId) }));
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  expect(Buffer.from(unpackPayload({ encoding: 'deflate', bytes })).equals(Buffer.from(payload))).toBe(true);
});

test('an ordered endpoint gets large payloads in their order, byte for byte', async () => {
  const ordered = await newEndpoint(tenant, target.appId, { metadata: { 'fanfare.ordered': 'true' } });
  const payloads = [60_000, 300, 50_000].map(payloadOf);
  for (const payload of payloads) {
    const text = `{"eventType":"a","transformationsParams":{"orderingKey":"k"},"payload":${payload}}`;
    await call('POST', `/api/v1/app/${target.appId}/msg`, { token: tenant.token, text });
  }
  const requests = await untilReceived(ordered, 3);
  expect(requests.map(({ body }, n) => body.equals(Buffer.from(payloads[n] ?? '')))).toEqual([true, true, true]);
});

test('a call that is repeated with its key makes one message and one object', async () => {
  const payload = payloadOf(50_000);
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const text = `{"eventType":"a","payload":${payload}}`;
  const twice = [1, 2].map(() =>
    call('POST', `/api/v1/app/${target.appId}/msg`, { token: tenant.token, text, headers }),
  );
  const ids = (await Promise.all(twice)).map(({ body }) => (body as { id: string }).id);
  expect(new Set(ids).size).toBe(1);
  expect(await objectsOf()).toEqual([keyOf(ids[0] ?? '')]);
  await untilReceived(target, 1);
});

test('a payload that no message refers to, or whose message was expunged, is removed by the daily sweep, and no other', async () => {
  const DAY_MS = 86_400_000;
  const at = Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS + 3_600_000;
  const refs = [1, 2, 3].map((n) => ({
    ...{ orgId: tenant.orgId, appId: target.appId },
    messageId: mintId('msg', at, new Uint8Array(RANDOM_BYTES).fill(n)),
  }));
  const [orphan, whole, expunged] = refs as [MessageRef, MessageRef, MessageRef];
  const Bucket = await bucket();
  for (const ref of refs) await s3().send(new PutObjectCommand({ Bucket, Key: payloadObjectKey(ref), Body: 'x' }));
  const TableName = await contractValue('table/name');
  await testTableClient().send(new PutCommand({ TableName, Item: { ...messageKey(whole), kind: 'no message' } }));
  const gone = { ...messageKey(expunged), kind: 'no message', expungedAt: at };
  await testTableClient().send(new PutCommand({ TableName, Item: gone }));
  const fresh = await accept(payloadOf(50_000));

  const answer = await new LambdaClient(clientOptions()).send(
    new InvokeCommand({
      FunctionName: `fanfare-${environmentUnderTest().stage}-sweep-payloads`,
      Qualifier: 'live',
      Payload: '{}',
    }),
  );
  expect(answer.FunctionError).toBeUndefined();
  expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject({ removed: 2, stopped: false });
  const left = await objectsOf();
  for (const ref of [orphan, expunged]) expect(left).not.toContain(payloadObjectKey(ref));
  expect(left.toSorted()).toEqual([payloadObjectKey(whole), keyOf(fresh)].toSorted());
  await untilReceived(target, 1);
});

test('a payload that is gone is told as expired, and its attempts end', async () => {
  receiver().behave(target.path, { kind: 'answer', statuses: [500] });
  const messageId = await accept(payloadOf(50_000));
  await untilReceived(target, 1);
  await s3().send(new DeleteObjectCommand({ Bucket: await bucket(), Key: keyOf(messageId) }));
  const attempts = await eventually('an attempt that found nothing to send', async () => {
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, messageId, { withContent: true });
    return data.some(({ response }) => response.includes('expired')) ? data : undefined;
  });
  await untilLaneIsEmpty();
  expect(receivedBy(target).length).toBe(attempts.length - 1);
  const { body } = await call('GET', `/api/v1/app/${target.appId}/msg/${messageId}`, { token: tenant.token });
  expect(body).toMatchObject({ payload: { expired: true } });
});
