import { randomBytes } from 'node:crypto';
import { ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { MessageRef } from '@fanfare/core/keys';
import { payloadObjectKey } from '@fanfare/core/payload-object';
import { jest } from '@jest/globals';
import { newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, refusalOf, sdk, signed, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const send = async ({ appId }: Target, payload: object) =>
  (await tenant.svix.message.create(appId, { eventType: 'a', payload, eventId: crypto.randomUUID() })).id;
const s3 = () => new S3Client({ ...clientOptions(), forcePathStyle: true });
const versionsOf = async (ref: MessageRef): Promise<number> => {
  const found = await s3().send(
    new ListObjectVersionsCommand({
      ...{ Bucket: await contractValue('bucket/payloads/name'), Prefix: payloadObjectKey(ref) },
    }),
  );
  return [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])].length;
};
const payloadOf = async (appId: string, id: string) =>
  (await tenant.svix.message.get(appId, id, { withContent: true })).payload;
const attemptsOf = async ({ appId }: Target, id: string) =>
  (await tenant.svix.messageAttempt.listByMsg(appId, id, { withContent: true })).data;

describe('a message whose content is expunged', () => {
  test('is not shown, not sent by a task that carries its payload already, and cannot be sent again', async () => {
    const target = await newTarget(tenant);
    const { appId, endpointId } = target;
    // The local stage tries again after about a second, by a task with the payload in it.
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    const id = await send(target, { account: 'DE02120300000000202051' });
    await untilReceived(target, 1);
    await tenant.svix.message.expungeContent(appId, id);
    const atThatTime = receivedBy(target).length;
    expect(await payloadOf(appId, id)).toEqual({ expired: true });

    const last = await eventually('the attempt that sends nothing', async () =>
      (await attemptsOf(target, id)).find(({ response }) => response.includes('expunged')),
    );
    expect(last).toMatchObject({ responseStatusCode: 0, status: 2 });
    await untilLaneIsEmpty();
    // One request at most was on its way when the call was answered.
    expect(receivedBy(target).length).toBeLessThanOrEqual(atThatTime + 1);
    expect(await refusalOf(tenant.svix.messageAttempt.resend(appId, id, endpointId))).toMatchObject({
      ...{ status: 400, body: { code: 'missing_payload' } },
    });
    await tenant.svix.message.expungeContent(appId, id);
  });

  test('loses the object that has its payload in all its versions, and is not sent by a task that waits for it', async () => {
    const target = await newTarget(tenant);
    const { appId } = target;
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    const id = await send(target, { text: randomBytes(50_000).toString('base64') });
    await untilReceived(target, 1);
    const ref = { orgId: tenant.orgId, appId, messageId: id };
    expect(await versionsOf(ref)).toBe(1);
    await tenant.svix.message.expungeContent(appId, id);
    const atThatTime = receivedBy(target).length;
    expect(await versionsOf(ref)).toBe(0);
    expect(await payloadOf(appId, id)).toEqual({ expired: true });

    // As a call that died in between leaves it, and as a producer writes it who repeats its call.
    const Key = payloadObjectKey(ref);
    await s3().send(new PutObjectCommand({ Bucket: await contractValue('bucket/payloads/name'), Key, Body: 'x' }));
    await eventually('the attempt that sends nothing', async () =>
      (await attemptsOf(target, id)).find(({ response }) => response.includes('expunged')),
    );
    await untilLaneIsEmpty();
    expect(receivedBy(target).length).toBeLessThanOrEqual(atThatTime + 1);
    await tenant.svix.message.expungeContent(appId, id);
    expect(await versionsOf(ref)).toBe(0);
  });

  test('leaves the messages beside it as they are', async () => {
    const target = await newTarget(tenant);
    const [expunged, kept] = [await send(target, { n: 1 }), await send(target, { n: 2 })];
    await untilReceived(target, 2);
    await tenant.svix.message.expungeContent(target.appId, expunged);
    expect(await payloadOf(target.appId, kept)).toEqual({ n: 2 });
    await tenant.svix.messageAttempt.resend(target.appId, kept, target.endpointId);
    await untilReceived(target, 3);
  });

  test("is neither another tenant's to expunge nor the application's own", async () => {
    const target = await newTarget(tenant);
    const id = await send(target, { n: 1 });
    const stranger = await newTenant();
    expect(await refusalOf(stranger.svix.message.expungeContent(target.appId, id))).toMatchObject({ status: 404 });
    const portal = sdk(await signed({ sub: target.appId, org: tenant.orgId }));
    expect(await refusalOf(portal.message.expungeContent(target.appId, id))).toMatchObject({ status: 403 });
    expect(await payloadOf(target.appId, id)).toEqual({ n: 1 });
  });
});

describe('an attempt whose content is expunged', () => {
  test('keeps everything but what its endpoint answered', async () => {
    const target = await newTarget(tenant);
    const id = await send(target, { n: 1 });
    const before = await eventually('an attempt', async () => (await attemptsOf(target, id))[0]);
    await tenant.svix.messageAttempt.expungeContent(target.appId, id, before.id);
    const [after] = await attemptsOf(target, id);
    expect(after).toEqual({ ...before, response: 'EXPUNGED' });
    await tenant.svix.messageAttempt.expungeContent(target.appId, id, before.id);
    const nothing = 'atmpt_2mVZKBbC3dEfGhIjKlMnOpQrStU';
    expect(await refusalOf(tenant.svix.messageAttempt.expungeContent(target.appId, id, nothing))).toMatchObject({
      status: 404,
    });
  });
});
