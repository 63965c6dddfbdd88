import { jest } from '@jest/globals';
import { newTarget, type Target, useReceiver } from './delivery-target.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, refusalOf, sdk, signed, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let [owner, stranger]: Tenant[] = [];
let target: Target;
let messageId: string;

beforeAll(async () => {
  [owner, stranger] = await Promise.all([newTenant(), newTenant()]);
  target = await newTarget(ownerOf());
  messageId = (await ownerOf().svix.message.create(target.appId, { eventType: 'a', payload: {} })).id;
});

const ownerOf = (): Tenant => {
  if (owner === undefined) throw new Error('no owner');
  return owner;
};
const strangerOf = (): Tenant => {
  if (stranger === undefined) throw new Error('no stranger');
  return stranger;
};

const NOT_FOUND = { status: 404, body: { code: 'not_found', detail: expect.any(String) } };

describe("another organisation's token", () => {
  test.each([
    ['read the application', ({ svix }: Tenant) => svix.application.get(target.appId)],
    ['delete the application', ({ svix }: Tenant) => svix.application.delete(target.appId)],
    ['list its endpoints', ({ svix }: Tenant) => svix.endpoint.list(target.appId)],
    ['read an endpoint', ({ svix }: Tenant) => svix.endpoint.get(target.appId, target.endpointId)],
    ['read an endpoint’s secret', ({ svix }: Tenant) => svix.endpoint.getSecret(target.appId, target.endpointId)],
    ['add an endpoint', ({ svix }: Tenant) => svix.endpoint.create(target.appId, { url: 'https://example.com/' })],
    ['post a message', ({ svix }: Tenant) => svix.message.create(target.appId, { eventType: 'a', payload: {} })],
    ['read a message', ({ svix }: Tenant) => svix.message.get(target.appId, messageId)],
    ['list messages', ({ svix }: Tenant) => svix.message.list(target.appId)],
    ['list attempts', ({ svix }: Tenant) => svix.messageAttempt.listByMsg(target.appId, messageId)],
  ])('cannot %s: it is told that there is none', async (_title, trespass) => {
    expect(await refusalOf(trespass(strangerOf()))).toEqual(NOT_FOUND);
  });

  test('lists its own applications only', async () => {
    expect((await strangerOf().svix.application.list()).data).toEqual([]);
    expect((await ownerOf().svix.application.list()).data.map(({ id }) => id)).toEqual([target.appId]);
  });

  test('leaves what it tried to delete as it was', async () => {
    await refusalOf(strangerOf().svix.application.delete(target.appId));
    expect((await ownerOf().svix.application.get(target.appId)).id).toBe(target.appId);
  });
});

describe('a token that this system did not sign', () => {
  const UNAUTHENTICATED = { status: 401, body: { code: 'authentication_failed', detail: expect.any(String) } };

  test.each([
    ['the applications', (token: string) => sdk(token).application.list()],
    ['a message', (token: string) => sdk(token).message.get(target.appId, messageId)],
    ['a new message', (token: string) => sdk(token).message.create(target.appId, { eventType: 'a', payload: {} })],
  ])('is refused for %s', async (_title, enter) => {
    const forged = await signed({ sub: ownerOf().orgId }, 'another key of more than thirty-two bytes, of course');
    expect(await refusalOf(enter(forged))).toEqual(UNAUTHENTICATED);
  });

  test('is refused when it is no token at all', async () => {
    expect(await refusalOf(sdk('nonsense').application.list())).toEqual(UNAUTHENTICATED);
  });
});

describe("an application's own token", () => {
  const portal = async () => sdk(await signed({ sub: target.appId, org: ownerOf().orgId }));

  test('reads its application, its endpoints and its messages', async () => {
    const svix = await portal();
    expect((await svix.application.get(target.appId)).id).toBe(target.appId);
    expect((await svix.endpoint.list(target.appId)).data.map(({ id }) => id)).toEqual([target.endpointId]);
    expect((await svix.message.get(target.appId, messageId)).id).toBe(messageId);
  });

  test('may not post messages', async () => {
    const refused = await refusalOf((await portal()).message.create(target.appId, { eventType: 'a', payload: {} }));
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.any(String) } });
  });

  test('may not list or make applications', async () => {
    const svix = await portal();
    expect((await refusalOf(svix.application.list())).status).toBe(403);
    expect((await refusalOf(svix.application.create({ name: 'x' }))).status).toBe(403);
  });

  test('does not see another application of its organisation', async () => {
    const other = await newTarget(ownerOf());
    expect(await refusalOf((await portal()).endpoint.list(other.appId))).toEqual(NOT_FOUND);
    await ownerOf().svix.application.delete(other.appId);
  });
});
