import { jest } from '@jest/globals';
import * as noble from '@noble/ed25519';
import { Webhook } from 'standardwebhooks';
import {
  idsOf,
  newApplication,
  newEndpoint,
  newTarget,
  receivedBy,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

describe('a delivery', () => {
  test('reaches the endpoint with a signature that an independent library verifies', async () => {
    const target = await newTarget(tenant);
    const payload = { invoice: 'R-1', amount: '79.90', note: 'Grüße' };
    const { id } = await tenant.svix.message.create(target.appId, { eventType: 'invoice.paid', payload });
    const [request] = await untilReceived(target, 1);
    expect(request?.headers['webhook-id']).toBe(id);
    expect(request?.headers['content-type']).toBe('application/json');
    expect(new Webhook(target.secret).verify(request?.body ?? '', { ...request?.headers })).toEqual(payload);
  });

  test('is signed with the endpoint’s own key pair when it has one, and with both keys while they are exchanged', async () => {
    const target = await newTarget(tenant, { secret: 'whsk_' });
    expect(target.secret).toMatch(/^whpk_/);
    const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    await tenant.svix.endpoint.rotateSecret(target.appId, target.endpointId, { key });
    const { id } = await tenant.svix.message.create(target.appId, { eventType: 'invoice.paid', payload: { a: 1 } });
    const [request] = await untilReceived(target, 1);
    const { body = Buffer.alloc(0), headers = {} } = request ?? {};
    new Webhook(key).verify(body, { ...headers });
    const [, pair = ''] = String(headers['webhook-signature']).split(' ');
    const signed = Buffer.concat([Buffer.from(`${id}.${headers['webhook-timestamp']}.`), body]);
    const publicKey = new Uint8Array(Buffer.from(target.secret.slice('whpk_'.length), 'base64'));
    const signature = new Uint8Array(Buffer.from(pair.replace('v1a,', ''), 'base64'));
    await expect(noble.verifyAsync(signature, new Uint8Array(signed), publicKey)).resolves.toBe(true);
  });

  test('carries the headers that its endpoint was given, as they are now', async () => {
    const headers = { 'X-Shop': '7', Authorization: 'Bearer abc' };
    const target = await newTarget(tenant, { headers });
    const { svix } = tenant;
    const send = () => svix.message.create(target.appId, { eventType: 'invoice.paid', payload: {} });
    await send();
    const [first] = await untilReceived(target, 1);
    expect(first?.headers).toMatchObject({ 'x-shop': '7', authorization: 'Bearer abc' });
    const names = { headers: { 'X-Region': 'eu' }, deleteHeaders: ['X-Shop'] };
    await svix.endpoint.patchHeaders(target.appId, target.endpointId, names);
    await expect(svix.endpoint.getHeaders(target.appId, target.endpointId)).resolves.toEqual({
      headers: { 'X-Region': 'eu' },
      sensitive: ['Authorization'],
    });
    await send();
    const [, second] = await untilReceived(target, 2);
    expect(second?.headers).toMatchObject({ 'x-region': 'eu', authorization: 'Bearer abc' });
    expect(second?.headers).not.toHaveProperty('x-shop');
    await svix.endpoint.setHeaders(target.appId, target.endpointId, { headers: {} });
    await expect(svix.endpoint.getHeaders(target.appId, target.endpointId)).resolves.toEqual({
      headers: {},
      sensitive: [],
    });
  });

  test('is told with its attempt, status and answer', async () => {
    const target = await newTarget(tenant);
    const { id } = await tenant.svix.message.create(target.appId, { eventType: 'invoice.paid', payload: {} });
    const attempts = await eventually('the recorded attempt', async () => {
      const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, id);
      return data.length > 0 ? data : undefined;
    });
    expect(attempts).toMatchObject([{ endpointId: target.endpointId, responseStatusCode: 200, status: 0 }]);
  });

  test('goes to the endpoints that want the event type and to no others', async () => {
    const appId = await newApplication(tenant);
    const wanting = await newEndpoint(tenant, appId, { eventTypes: ['invoice.paid', 'invoice.voided'] });
    const other = await newEndpoint(tenant, appId, { eventTypes: ['invoice.voided'] });
    const paid = await tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: {} });
    const voided = await tenant.svix.message.create(appId, { eventType: 'invoice.voided', payload: {} });
    await untilReceived(wanting, 2);
    await untilReceived(other, 1);
    await untilLaneIsEmpty();
    expect([...idsOf(receivedBy(wanting))].sort()).toEqual([paid.id, voided.id].sort());
    expect(idsOf(receivedBy(other))).toEqual([voided.id]);
    const { data } = await tenant.svix.messageAttempt.listAttemptedDestinations(appId, paid.id);
    expect(data.map(({ id }) => id)).toEqual([wanting.endpointId]);
  });

  test('goes to the endpoints of its channels and to no others', async () => {
    const appId = await newApplication(tenant);
    const wanting = await newEndpoint(tenant, appId, { channels: ['project-1'] });
    const other = await newEndpoint(tenant, appId, { channels: ['project-2'] });
    const channels = ['project-1'];
    await tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: {}, channels });
    const second = await tenant.svix.message.create(appId, {
      eventType: 'invoice.paid',
      payload: {},
      channels: ['project-2'],
    });
    await untilReceived(wanting, 1);
    await untilReceived(other, 1);
    await untilLaneIsEmpty();
    expect(receivedBy(wanting)).toHaveLength(1);
    expect(idsOf(receivedBy(other))).toEqual([second.id]);
  });

  test('is tried again until the endpoint recovers, each time with the same id and the very bytes that were posted', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 503, 200] });
    const payload =
      '{"amount":1.50,"count":12345678901234567890,"name":"Zoë \\u00e9 🎺","b":1,"a":2,"2":0,"1":0,"b":3}';
    const posted = await call('POST', `/api/v1/app/${target.appId}/msg`, {
      token: tenant.token,
      text: `{"eventType":"invoice.paid", "payload": ${payload} }`,
    });
    expect(posted.status).toBe(202);
    const requests = await untilReceived(target, 3);
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(3);
    expect(new Set(idsOf(requests))).toEqual(new Set([(posted.body as { id: string }).id]));
    expect(requests.map(({ body }) => body.toString('utf8'))).toEqual([payload, payload, payload]);
    for (const { body, headers } of requests) new Webhook(target.secret).verify(body, { ...headers });
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, (posted.body as { id: string }).id);
    expect(data.map(({ responseStatusCode }) => responseStatusCode).sort()).toEqual([200, 500, 503]);
  });

  test('of a large payload arrives byte for byte', async () => {
    const target = await newTarget(tenant);
    const payload = `{"text":"${'ü'.repeat(60_000)}"}`;
    const posted = await call('POST', `/api/v1/app/${target.appId}/msg`, {
      token: tenant.token,
      text: `{"eventType":"invoice.paid","payload":${payload}}`,
    });
    expect(posted.status).toBe(202);
    const [request] = await untilReceived(target, 1);
    expect(request?.body.toString('utf8') === payload).toBe(true);
  });

  test('reaches an endpoint made right before the message, and none made after it', async () => {
    const appId = await newApplication(tenant);
    const first = await newEndpoint(tenant, appId);
    await tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: { number: 1 } });
    const second = await newEndpoint(tenant, appId);
    const later = await tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: { number: 2 } });
    await untilReceived(first, 2);
    await untilReceived(second, 1);
    await untilLaneIsEmpty();
    expect(idsOf(receivedBy(second))).toEqual([later.id]);
  });
});
