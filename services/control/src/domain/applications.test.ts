import type { Principal } from '@fanfare/core/auth/token';
import type { Answer, Refusal } from '@fanfare/core/http/answer';
import type { Result } from '@fanfare/core/result';
import {
  createApplication,
  getApplication,
  listApplications,
  patchApplication,
  putApplication,
} from './applications.ts';
import { type ControlPorts, fakeControl } from './control-ports.fake.ts';

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const organisation: Principal = { kind: 'organisation', orgId };
const shop = (uid?: string, name = 'Shop') => ({ name, uid, throttleRate: undefined, metadata: {} });
const call = (key = 'k1', fingerprint = 'body') => ({ orgId, keyHash: key, fingerprint });

const answered = (result: Result<Answer, Refusal>) => {
  if (!result.ok) throw new Error(result.error.kind);
  return { status: result.value.statusCode, body: JSON.parse(result.value.body) };
};
const refused = (result: Result<Answer, Refusal>) => (result.ok ? undefined : result.error.kind);
const create = (ports: ControlPorts, uid?: string, options: object = {}) =>
  createApplication(orgId, shop(uid), { getIfExists: false, call: undefined, ...options }, ports);

test('an application is created, and found under its id and its uid', async () => {
  const { ports } = fakeControl();
  const { status, body } = answered(await create(ports, 'shop-1'));
  expect(status).toBe(201);
  expect(answered(await getApplication(organisation, 'shop-1', ports))).toEqual({ status: 200, body });
  expect(answered(await getApplication(organisation, body.id, ports))).toEqual({ status: 200, body });
});

test('a uid that is taken is a conflict', async () => {
  const { ports } = fakeControl();
  await create(ports, 'shop-1');
  expect(refused(await create(ports, 'shop-1'))).toBe('conflict');
});

test('of two creations with one uid at the same time one wins and the other is told', async () => {
  const { ports } = fakeControl();
  const both = await Promise.all([create(ports, 'shop-1'), create(ports, 'shop-1')]);
  expect(both.map(refused).toSorted()).toEqual(['conflict', undefined]);
});

test('asked to get it if it exists, the second of two creations is answered with the first', async () => {
  const { ports } = fakeControl();
  const both = await Promise.all([1, 2].map(() => create(ports, 'shop-1', { getIfExists: true })));
  const [first, second] = both.map(answered);
  expect([first?.status, second?.status].toSorted()).toEqual([200, 201]);
  expect(first?.body.id).toBe(second?.body.id);
});

test('a repeated call is answered as the first one was, and makes nothing more', async () => {
  const { ports, pass } = fakeControl();
  const first = answered(await create(ports, undefined, { call: call() }));
  pass(11 * 60 * 60 * 1000);
  expect(answered(await create(ports, undefined, { call: call() }))).toEqual(first);
  expect(answered(await listApplications(orgId, { limit: 9, backwards: false }, ports)).body.data).toHaveLength(1);
});

test('the same call twice at the same time makes one application', async () => {
  const { ports } = fakeControl();
  const both = await Promise.all([1, 2].map(() => create(ports, 'shop-1', { call: call() })));
  const [first, second] = both.map(answered);
  expect(second).toEqual(first);
});

test('a call whose answer got lost on the way finds it when it is repeated', async () => {
  let crash = true;
  const { ports } = fakeControl((store) => ({
    saveApplication: async (...change) => {
      const outcome = await store.saveApplication(...change);
      if (crash) {
        crash = false;
        throw new Error('the connection broke');
      }
      return outcome;
    },
  }));
  await expect(create(ports, 'shop-1', { call: call() })).rejects.toThrow('the connection broke');
  expect(answered(await create(ports, 'shop-1', { call: call() })).status).toBe(201);
});

test('an idempotency key with another body is a conflict, and free again after twelve hours', async () => {
  const { ports, pass } = fakeControl();
  await create(ports, undefined, { call: call() });
  expect(refused(await create(ports, undefined, { call: call('k1', 'other') }))).toBe('conflict');
  pass(12 * 60 * 60 * 1000 + 1000);
  expect(answered(await create(ports, undefined, { call: call('k1', 'other') })).status).toBe(201);
});

test('a refused call leaves its idempotency key free', async () => {
  const { ports } = fakeControl();
  await create(ports, 'shop-1');
  expect(refused(await create(ports, 'shop-1', { call: call() }))).toBe('conflict');
  expect(answered(await create(ports, 'shop-2', { call: call('k1', 'other') })).status).toBe(201);
});

test('a portal sees its own application and no other', async () => {
  const { ports } = fakeControl();
  const { body } = answered(await create(ports, 'shop-1'));
  const other = answered(await create(ports, 'shop-2')).body;
  const portal: Principal = { kind: 'application', orgId, appId: body.id };
  expect(answered(await getApplication(portal, 'shop-1', ports)).body).toEqual(body);
  expect(refused(await getApplication(portal, other.id, ports))).toBe('not-found');
  expect(refused(await getApplication(portal, 'shop-2', ports))).toBe('not-found');
});

test('another organisation finds nothing', async () => {
  const { ports } = fakeControl();
  const { body } = answered(await create(ports, 'shop-1'));
  const stranger: Principal = { kind: 'organisation', orgId: 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEa' };
  expect(refused(await getApplication(stranger, body.id, ports))).toBe('not-found');
  expect(refused(await getApplication(stranger, 'shop-1', ports))).toBe('not-found');
});

test('PUT replaces what is there and makes what is not, with the uid of the body', async () => {
  const { ports, pass } = fakeControl();
  const made = answered(await putApplication(orgId, 'shop-9', shop('shop-1'), ports));
  expect(made.status).toBe(201);
  expect(refused(await getApplication(organisation, 'shop-9', ports))).toBe('not-found');
  pass(1000);
  const replaced = answered(await putApplication(orgId, 'shop-1', shop(undefined, 'Other'), ports));
  expect(replaced).toMatchObject({ status: 200, body: { id: made.body.id, name: 'Other' } });
  expect(replaced.body).not.toHaveProperty('uid');
  expect(replaced.body.updatedAt > made.body.updatedAt).toBe(true);
  expect(refused(await getApplication(organisation, 'shop-1', ports))).toBe('not-found');
});

test('PUT and PATCH to a uid of another application are a conflict', async () => {
  const { ports } = fakeControl();
  await create(ports, 'shop-1');
  await create(ports, 'shop-2');
  expect(refused(await putApplication(orgId, 'shop-2', shop('shop-1'), ports))).toBe('conflict');
  expect(refused(await patchApplication(orgId, 'shop-2', { uid: 'shop-1' }, ports))).toBe('conflict');
});

test('a PATCH that says nothing new writes nothing', async () => {
  let writes = 0;
  const { ports } = fakeControl((store) => ({
    saveApplication: (...change) => {
      writes += 1;
      return store.saveApplication(...change);
    },
  }));
  const { body } = answered(await create(ports, 'shop-1'));
  expect(answered(await patchApplication(orgId, body.id, { name: 'Shop' }, ports))).toEqual({ status: 200, body });
  expect(writes).toBe(1);
});

test('of two PATCHes at the same time neither undoes the other', async () => {
  const { ports } = fakeControl();
  const { body } = answered(await create(ports));
  await Promise.all([
    patchApplication(orgId, body.id, { name: 'Other' }, ports),
    patchApplication(orgId, body.id, { throttleRate: 5 }, ports),
  ]);
  expect(answered(await getApplication(organisation, body.id, ports)).body).toMatchObject({
    name: 'Other',
    throttleRate: 5,
  });
});

test('PATCH makes nothing', async () => {
  const { ports } = fakeControl();
  expect(refused(await patchApplication(orgId, 'shop-1', { name: 'Shop' }, ports))).toBe('not-found');
});

test('a list is walked to its end and back', async () => {
  const { ports, pass } = fakeControl();
  for (const name of ['a', 'b', 'c']) {
    await createApplication(orgId, shop(name, name), { getIfExists: false, call: undefined }, ports);
    pass(4);
  }
  const page = async (request: object) =>
    answered(await listApplications(orgId, { limit: 2, backwards: false, ...request }, ports)).body;
  const names = (body: { data: { name: string }[] }) => body.data.map(({ name }) => name).join('');

  const first = await page({});
  expect([names(first), first.done]).toEqual(['ab', false]);
  const second = await page({ from: first.iterator });
  expect([names(second), second.done]).toEqual(['c', true]);
  const back = await page({ from: second.prevIterator.slice(1), backwards: true });
  expect([names(back), back.iterator, back.prevIterator]).toEqual(['ab', first.iterator, first.prevIterator]);
  expect(await page({ from: 'app_zzz' })).toEqual({ data: [], iterator: null, done: true });
});
