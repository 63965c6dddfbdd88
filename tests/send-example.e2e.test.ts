import { jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { newTarget, receivedBy, useReceiver } from './delivery-target.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, refusalOf, sdk, signed, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const examined = (path: string, token = tenant.token) => call('POST', `${path}/test`, { token });
const pathOf = ({ appId, endpointId }: { appId: string; endpointId: string }) =>
  `/api/v1/app/${appId}/endpoint/${endpointId}`;
const stepsOf = (body: unknown) =>
  (body as { steps: { step: string; ok: boolean }[] }).steps.map(({ step, ok }) => [step, ok]);

describe('sending an example', () => {
  test('delivers a signed message of the event type, answers with it, and keeps nothing', async () => {
    const target = await newTarget(tenant);
    const sent = await tenant.svix.endpoint.sendExample(target.appId, target.endpointId, { eventType: 'invoice.paid' });
    expect(sent).toMatchObject({ eventType: 'invoice.paid', id: expect.stringMatching(/^msg_/) });
    const [request] = receivedBy(target);
    expect(request?.headers['webhook-id']).toBe(sent.id);
    const verified = new Webhook(target.secret).verify(String(request?.body), { ...request?.headers } as never);
    expect(verified).toEqual(sent.payload);
    expect((await tenant.svix.message.list(target.appId)).data).toEqual([]);
    expect((await tenant.svix.messageAttempt.listByEndpoint(target.appId, target.endpointId)).data).toEqual([]);
  });

  test('is told how far it came, with the time of each step', async () => {
    const target = await newTarget(tenant);
    const text = JSON.stringify({ eventType: 'a' });
    const answer = await call('POST', `${pathOf(target)}/send-example`, { token: tenant.token, text });
    expect(answer).toMatchObject({ status: 200, body: { ok: true } });
    expect(stepsOf(answer.body)).toEqual(['resolve', 'connect', 'send', 'verify'].map((step) => [step, true]));
    for (const step of (answer.body as { steps: object[] }).steps) {
      expect(step).toEqual(expect.objectContaining({ milliseconds: expect.any(Number), detail: expect.any(String) }));
    }
  });

  test('is not for the portal of an application, and not without an event type', async () => {
    const { appId, endpointId } = await newTarget(tenant);
    const portal = sdk(await signed({ sub: appId, org: tenant.orgId }));
    const example = portal.endpoint.sendExample(appId, endpointId, { eventType: 'a' });
    expect(await refusalOf(example)).toMatchObject({ status: 403 });
    const answer = await call('POST', `${pathOf({ appId, endpointId })}/send-example`, {
      token: tenant.token,
      text: '{}',
    });
    expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'eventType'] }] } });
  });
});

describe('testing an endpoint', () => {
  test('tells an answer that is no success, and what it was', async () => {
    const target = await newTarget(tenant, { disabled: true });
    receiver().behave(target.path, { kind: 'answer', statuses: [503] });
    const { status, body } = await examined(pathOf(target));
    expect(status).toBe(200);
    expect(stepsOf(body).at(-1)).toEqual(['verify', false]);
    expect(body).toMatchObject({ ok: false, steps: { 3: { responseStatusCode: 503 } } });
  });

  test.each([
    ['a name that does not resolve', 'https://nobody.invalid/', 'resolve'],
    ['a port that nobody listens on', 'http://127.0.0.1:1/', 'connect'],
  ])('stops at %s', async (_title, url, step) => {
    const target = await newTarget(tenant, { url });
    const { status, body } = await examined(pathOf(target));
    expect(status).toBe(200);
    expect(stepsOf(body).at(-1)).toEqual([step, false]);
  });

  test('may come from the application’s own portal, and from nobody else', async () => {
    const target = await newTarget(tenant);
    const portal = await signed({ sub: target.appId, org: tenant.orgId });
    expect(await examined(pathOf(target), portal)).toMatchObject({ status: 200, body: { ok: true } });
    const { token } = await newTenant();
    expect(await examined(pathOf(target), token)).toMatchObject({ status: 404 });
  });
});
