import type { Principal } from '@fanfare/core/auth/token';
import type { Answer, Refusal } from '@fanfare/core/http/answer';
import type { Result } from '@fanfare/core/result';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import { createApplication } from './applications.ts';
import { fakeControl } from './control-ports.fake.ts';
import { getHeaders, patchHeaders, putHeaders } from './endpoint-headers.ts';
import { createEndpoint, deleteEndpoint } from './endpoints.ts';

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const principal: Principal = { kind: 'organisation', orgId };
const target = { principal, application: 'shop-1', endpoint: 'ep1' };
const settings = {
  ...{ url: 'https://example.com/', description: '', uid: 'ep1', version: 1, disabled: false, metadata: {} },
  ...{ eventTypes: undefined, channels: undefined, throttleRate: undefined },
};
const bodyOf = (result: Result<Answer, Refusal>) =>
  result.ok ? JSON.parse(result.value.body || 'null') : result.error;

const withEndpoint = async (headers: CustomHeaders = {}) => {
  const control = fakeControl();
  const input = { name: 'Shop', uid: 'shop-1', throttleRate: undefined, metadata: {} };
  const made = await createApplication(orgId, input, { getIfExists: false, call: undefined }, control.ports);
  const ref = { orgId, appId: bodyOf(made).id as string };
  await createEndpoint({ principal, application: 'shop-1' }, { settings, secret: undefined, headers }, control.ports);
  const stored = async () => {
    const [endpoint] = await control.store.listEndpoints(ref, { limit: 1, backwards: false });
    if (endpoint?.headers === undefined) return undefined;
    return control.ports.openHeaders({ ...ref, endpointId: endpoint.id }, endpoint.headers);
  };
  const version = async () => (await control.store.findApplication(orgId, ref.appId))?.version;
  return { ...control, ref, stored, version };
};

test('an endpoint without headers has none, and stores none', async () => {
  const { ports, stored } = await withEndpoint();
  expect(bodyOf(await getHeaders(target, ports))).toEqual({ headers: {}, sensitive: [] });
  await expect(stored()).resolves.toBeUndefined();
});

test('headers may be set when an endpoint is made; of credentials the names alone are shown', async () => {
  const { ports, stored } = await withEndpoint({ 'X-Shop': '7', Authorization: 'Bearer x' });
  expect(bodyOf(await getHeaders(target, ports))).toEqual({ headers: { 'X-Shop': '7' }, sensitive: ['Authorization'] });
  await expect(stored()).resolves.toEqual({ 'X-Shop': '7', Authorization: 'Bearer x' });
});

test('PUT replaces all of them, and none at all is stored as none', async () => {
  const { ports, stored } = await withEndpoint({ a: '1' });
  expect(await putHeaders(target, { b: '2' }, ports)).toMatchObject({ value: { statusCode: 204 } });
  await expect(stored()).resolves.toEqual({ b: '2' });
  await putHeaders(target, {}, ports);
  await expect(stored()).resolves.toBeUndefined();
});

test('PATCH changes what it names, in whatever letter case, and keeps the rest', async () => {
  const { ports, stored } = await withEndpoint({ 'X-A': '1', 'X-B': '2', Authorization: 'Bearer x' });
  await patchHeaders(target, { 'x-a': '3', 'x-b': null, 'X-C': '4' }, ports);
  await expect(stored()).resolves.toEqual({ Authorization: 'Bearer x', 'x-a': '3', 'X-C': '4' });
});

test('a change raises the application’s version, and what changes nothing does not', async () => {
  const { ports, version } = await withEndpoint({ a: '1' });
  const before = (await version()) ?? 0;
  await putHeaders(target, { a: '1' }, ports);
  await patchHeaders(target, { a: '1', b: null }, ports);
  await expect(version()).resolves.toBe(before);
  await putHeaders(target, { a: '2' }, ports);
  await expect(version()).resolves.toBe(before + 1);
});

test('patches cannot add up to more than may be put at once', async () => {
  const { ports } = await withEndpoint({ a: 'x'.repeat(3_000) });
  expect(bodyOf(await patchHeaders(target, { b: 'x'.repeat(3_000) }, ports))).toMatchObject({
    kind: 'invalid',
    problems: [{ loc: ['body', 'headers'] }],
  });
});

test('nothing of them is left of an endpoint that was deleted, and there is none by another name', async () => {
  const { ports, store, ref } = await withEndpoint({ a: '1' });
  const [before] = await store.listEndpoints(ref, { limit: 1, backwards: false });
  const saved: unknown[] = [];
  const watching: typeof ports = {
    ...ports,
    saveEndpoint: (owner, change, kept) => {
      saved.push(change.after.headers);
      return ports.saveEndpoint(owner, change, kept);
    },
  };
  expect(before?.headers).toBeDefined();
  await deleteEndpoint(target, watching);
  expect(saved).toEqual([undefined]);
  expect(bodyOf(await getHeaders(target, ports))).toMatchObject({ kind: 'not-found' });
  expect(bodyOf(await putHeaders(target, {}, ports))).toMatchObject({ kind: 'not-found' });
});
