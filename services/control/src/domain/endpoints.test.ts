import type { Principal } from '@fanfare/core/auth/token';
import type { Answer, Refusal } from '@fanfare/core/http/answer';
import type { Result } from '@fanfare/core/result';
import { createApplication } from './applications.ts';
import { ALLOWED_QUEUE, type ControlPorts, type FakeControl, fakeControl } from './control-ports.fake.ts';
import { deleteApplication } from './delete-application.ts';
import { getSecret, rotateSecret } from './endpoint-secrets.ts';
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, patchEndpoint, putEndpoint } from './endpoints.ts';
import type { WantedSecret } from './secret.ts';

const orgId = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
const organisation: Principal = { kind: 'organisation', orgId };
const settings = (uid?: string, url = 'https://example.com/hook') => ({
  url,
  description: '',
  uid,
  version: 1,
  disabled: false,
  eventTypes: undefined,
  channels: undefined,
  throttleRate: undefined,
  metadata: {},
});
const application = { principal: organisation, application: 'shop-1' };
const named = (endpoint: string) => ({ ...application, endpoint });
const call = { orgId, keyHash: 'k1', fingerprint: 'body' };

const answered = (result: Result<Answer, Refusal>) => {
  if (!result.ok) throw new Error(result.error.kind);
  return { status: result.value.statusCode, body: JSON.parse(result.value.body || 'null') };
};
const refused = (result: Result<Answer, Refusal>) => (result.ok ? undefined : result.error.kind);
const create = (ports: ControlPorts, uid?: string, more: object = {}, secret?: WantedSecret) =>
  createEndpoint({ ...application, ...more }, { settings: settings(uid), secret }, ports);

const withApplication = async (
  override?: Parameters<typeof fakeControl>[0],
): Promise<FakeControl & { appId: string }> => {
  const control = fakeControl(override);
  const made = await createApplication(
    orgId,
    { name: 'Shop', uid: 'shop-1', throttleRate: undefined, metadata: {} },
    { getIfExists: false, call: undefined },
    control.ports,
  );
  return { ...control, appId: answered(made).body.id };
};
const records = ({ store, appId }: FakeControl & { appId: string }) =>
  store.listEndpoints({ orgId, appId }, { limit: 99, backwards: false });

describe('where an endpoint leads', () => {
  const forbidden = () => ({
    urlRules: { requiresHttps: false, checkHost: async () => ({ kind: 'forbidden' as const }) },
  });
  const patched = (ports: ControlPorts, patch: object) => patchEndpoint(named('ep1'), patch, ports);

  test('is checked before one is made or put', async () => {
    const { ports } = await withApplication(forbidden);
    expect(refused(await create(ports, 'ep1'))).toBe('invalid');
    expect(refused(await putEndpoint(named('ep1'), settings('ep1'), ports))).toBe('invalid');
  });

  test('is checked when it changes, and not when something else does', async () => {
    const { ports } = await withApplication();
    await create(ports, 'ep1');
    const strict = { ...ports, ...forbidden() };
    expect(answered(await patched(strict, { description: 'a' })).status).toBe(200);
    expect(answered(await putEndpoint(named('ep1'), settings('ep1'), strict)).status).toBe(200);
    expect(refused(await patched(strict, { url: 'https://other.example/' }))).toBe('invalid');
    expect(refused(await putEndpoint(named('ep1'), settings('ep1', 'https://other.example/'), strict))).toBe('invalid');
  });

  test('is answered to a repeat as it was found first, wherever its name leads by then', async () => {
    const { ports } = await withApplication();
    const first = answered(await create(ports, 'ep1', { call }));
    expect(answered(await create({ ...ports, ...forbidden() }, 'ep1', { call }))).toEqual(first);
  });
});

describe('create, read, list', () => {
  test('an endpoint is created, found under its id and its uid, and listed newest first', async () => {
    const { ports, pass } = await withApplication();
    const { status, body } = answered(await create(ports, 'ep1'));
    expect(status).toBe(201);
    expect(answered(await getEndpoint(named('ep1'), ports))).toEqual({ status: 200, body });
    expect(answered(await getEndpoint(named(body.id), ports)).body).toEqual(body);
    pass(4);
    await create(ports, 'ep2');
    const list = answered(await listEndpoints(application, { limit: 1, backwards: false }, ports)).body;
    expect(list).toMatchObject({ data: [{ uid: 'ep2' }], done: false });
  });

  test('an endpoint gets the messages from the version on that it was made with', async () => {
    const control = await withApplication();
    await create(control.ports, 'ep1');
    control.pass(4);
    await create(control.ports, 'ep2');
    expect((await records(control)).map(({ sinceVersion }) => sinceVersion)).toEqual([3, 2]);
  });

  test('of endpoints that are created at the same time each gets a version of its own', async () => {
    const control = await withApplication();
    await Promise.all([1, 2, 3].map(() => create(control.ports)));
    expect((await records(control)).map(({ sinceVersion }) => sinceVersion).toSorted()).toEqual([2, 3, 4]);
    expect(control.waits()).toBeGreaterThan(0);
  });

  test('a uid is taken once within its application', async () => {
    const { ports } = await withApplication();
    const both = await Promise.all([create(ports, 'ep1'), create(ports, 'ep1')]);
    expect(both.map(refused).toSorted()).toEqual(['conflict', undefined]);
  });

  test('a repeated call is answered as the first one was and makes nothing more', async () => {
    const control = await withApplication();
    const both = await Promise.all([1, 2].map(() => create(control.ports, 'ep1', { call })));
    const third = await create(control.ports, 'ep1', { call });
    expect(new Set([...both, third].map((one) => answered(one).body.id)).size).toBe(1);
    await expect(records(control)).resolves.toHaveLength(1);
  });

  test('no answer that is kept holds a secret', async () => {
    const { ports, store } = await withApplication();
    await create(ports, 'ep1', { call });
    const { key } = answered(await getSecret(named('ep1'), ports)).body;
    const kept = JSON.stringify(await store.findAnswer(call));
    expect(kept).toContain('ep1');
    expect(kept).not.toContain(key.slice('whsec_'.length));
  });

  test("an application that is not there, or another's, has no endpoints", async () => {
    const { ports, appId } = await withApplication();
    const stranger = {
      principal: { kind: 'organisation', orgId: 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEa' },
      application: appId,
    };
    expect(refused(await create(ports, 'a', stranger))).toBe('not-found');
    expect(refused(await create(ports, 'a', { application: 'shop-2' }))).toBe('not-found');
    expect(refused(await create(ports, 'a', { application: 'no such name' }))).toBe('not-found');
  });

  test('a portal manages the endpoints of its own application and of no other', async () => {
    const { ports, appId } = await withApplication();
    const portal = { principal: { kind: 'application', orgId, appId } };
    const other = { principal: { kind: 'application', orgId, appId: 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ' } };
    expect(answered(await create(ports, 'a', portal)).status).toBe(201);
    expect(refused(await create(ports, 'b', other))).toBe('not-found');
  });
});

describe('change and delete', () => {
  test('PUT replaces what is there and makes what is not, with the uid of the body', async () => {
    const { ports } = await withApplication();
    const made = answered(await putEndpoint(named('ep9'), settings('ep1'), ports));
    expect(made.status).toBe(201);
    expect(refused(await getEndpoint(named('ep9'), ports))).toBe('not-found');
    const replaced = answered(await putEndpoint(named('ep1'), settings('ep1', 'https://example.com/2'), ports));
    expect(replaced).toMatchObject({ status: 200, body: { id: made.body.id, url: 'https://example.com/2' } });
  });

  test('PUT keeps the secrets', async () => {
    const { ports } = await withApplication();
    await create(ports, 'ep1');
    const before = answered(await getSecret(named('ep1'), ports)).body;
    await putEndpoint(named('ep1'), settings('ep1', 'https://example.com/2'), ports);
    expect(answered(await getSecret(named('ep1'), ports)).body).toEqual(before);
  });

  test('each change raises the version of the application, a PATCH of nothing does not', async () => {
    const { ports, store } = await withApplication();
    await create(ports, 'ep1');
    const version = async () => (await store.findApplication(orgId, 'shop-1'))?.version;
    await patchEndpoint(named('ep1'), {}, ports);
    await expect(version()).resolves.toBe(2);
    await patchEndpoint(named('ep1'), { disabled: true }, ports);
    await expect(version()).resolves.toBe(3);
    await rotateSecret(named('ep1'), { secret: undefined, graceSeconds: 60 }, ports);
    await expect(version()).resolves.toBe(4);
    await deleteEndpoint(named('ep1'), ports);
    await expect(version()).resolves.toBe(5);
  });

  test('of two PATCHes at the same time neither undoes the other', async () => {
    const { ports } = await withApplication();
    await create(ports, 'ep1');
    await Promise.all([
      patchEndpoint(named('ep1'), { disabled: true }, ports),
      patchEndpoint(named('ep1'), { eventTypes: ['a'] }, ports),
    ]);
    expect(answered(await getEndpoint(named('ep1'), ports)).body).toMatchObject({ disabled: true, eventTypes: ['a'] });
  });

  test('a deleted endpoint is gone, its uid is free', async () => {
    const { ports } = await withApplication();
    const first = answered(await create(ports, 'ep1')).body;
    expect(answered(await deleteEndpoint(named('ep1'), ports)).status).toBe(204);
    expect(refused(await getEndpoint(named(first.id), ports))).toBe('not-found');
    expect(refused(await deleteEndpoint(named(first.id), ports))).toBe('not-found');
    expect(answered(await create(ports, 'ep1')).body.id).not.toBe(first.id);
  });
});

describe('a destination of AWS', () => {
  const role = 'arn:aws:iam::210987654321:role/FanfareDestination';
  const queue = 'arn:aws:sqs:eu-west-1:210987654321:orders';

  test('is created, replaced and patched with the external id of its own application', async () => {
    const { ports, appId } = await withApplication();
    const expected = `${queue}?role=${role}&externalId=${orgId}/${appId}`;
    const given = settings('ep1', `${queue}?role=${role}`);
    const created = await createEndpoint(application, { settings: given, secret: undefined }, ports);
    expect(answered(created).body.url).toBe(expected);
    expect(answered(await putEndpoint(named('ep1'), given, ports)).body).toEqual(answered(created).body);
    expect(answered(await patchEndpoint(named('ep1'), { url: given.url }, ports)).body.url).toBe(expected);
    expect(answered(await patchEndpoint(named('ep1'), { description: 'x' }, ports)).body.url).toBe(expected);
  });

  test('that may not be delivered to is neither created nor put in the place of another', async () => {
    const { ports } = await withApplication();
    await createEndpoint(application, { settings: settings('ep1', ALLOWED_QUEUE), secret: undefined }, ports);
    const given = settings('ep2', queue);
    const tries = [
      await createEndpoint(application, { settings: given, secret: undefined }, ports),
      await putEndpoint(named('ep2'), given, ports),
      await putEndpoint(named('ep1'), given, ports),
      await patchEndpoint(named('ep1'), { url: queue }, ports),
    ];
    expect(tries.map(refused)).toEqual(['invalid', 'invalid', 'invalid', 'invalid']);
    expect(answered(await getEndpoint(named('ep1'), ports)).body.url).toBe(ALLOWED_QUEUE);
  });
});

describe('secrets', () => {
  test('a secret that was brought along is the one that is read back', async () => {
    const { ports } = await withApplication();
    await create(ports, 'ep1', {}, { bytes: new Uint8Array(24).fill(65) });
    expect(answered(await getSecret(named('ep1'), ports)).body).toEqual({
      key: 'whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB',
    });
  });

  test('after a rotation the new secret is read, and the old one is kept until its time is over', async () => {
    const control = await withApplication();
    await create(control.ports, 'ep1');
    const rotated = await rotateSecret(named('ep1'), { secret: undefined, graceSeconds: 60 }, control.ports);
    expect(answered(rotated).status).toBe(204);
    const [endpoint] = await records(control);
    expect(endpoint?.secrets.map(({ expiresAt }) => expiresAt)).toEqual([undefined, control.ports.now() / 1000 + 60]);
  });

  test('of a key pair the public key alone is read, and its rotation makes another pair', async () => {
    const control = await withApplication();
    await create(control.ports, 'ep1', {}, { type: 'ed25519' });
    const read = async () => answered(await getSecret(named('ep1'), control.ports)).body.key;
    const first = await read();
    expect(first).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    await rotateSecret(named('ep1'), { secret: undefined, graceSeconds: 60 }, control.ports);
    expect(await read()).toMatch(/^whpk_/);
    expect(await read()).not.toBe(first);
    const bytes = new Uint8Array(24).fill(65);
    await rotateSecret(named('ep1'), { secret: { bytes }, graceSeconds: 60 }, control.ports);
    expect(await read()).toBe('whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB');
    const [endpoint] = await records(control);
    expect(endpoint?.secrets.map(({ type }) => type)).toEqual([undefined, 'ed25519', 'ed25519']);
  });

  test('the eleventh rotation within the grace period is refused, a repeat of the tenth is not', async () => {
    const { ports } = await withApplication();
    await create(ports, 'ep1');
    const rotate = (more: object = {}) =>
      rotateSecret({ ...named('ep1'), ...more }, { secret: undefined, graceSeconds: 60 }, ports);
    for (let times = 0; times < 9; times += 1) await rotate();
    expect(answered(await rotate({ call })).status).toBe(204);
    expect(answered(await rotate({ call })).status).toBe(204);
    expect(refused(await rotate())).toBe('limit-reached');
  });
});

describe('deleting an application', () => {
  test('takes its endpoints with it, however many there are', async () => {
    const control = await withApplication();
    for (let made = 0; made < 45; made += 1) {
      await create(control.ports);
      control.pass(4);
    }
    expect(answered(await deleteApplication(orgId, 'shop-1', control.ports)).status).toBe(204);
    await expect(records(control)).resolves.toEqual([]);
    expect(refused(await create(control.ports))).toBe('not-found');
    expect(refused(await deleteApplication(orgId, control.appId, control.ports))).toBe('not-found');
  });

  test('goes on where it stopped when it is repeated by id', async () => {
    let broken = true;
    const control = await withApplication((store) => ({
      buryEndpoint: async (...burial) => {
        if (broken) throw new Error('out of time');
        return store.buryEndpoint(...burial);
      },
    }));
    await create(control.ports, 'ep1');
    await expect(deleteApplication(orgId, 'shop-1', control.ports)).rejects.toThrow('out of time');
    await expect(control.store.findApplication(orgId, control.appId)).resolves.toBeUndefined();
    broken = false;
    expect(answered(await deleteApplication(orgId, control.appId, control.ports)).status).toBe(204);
    await expect(records(control)).resolves.toEqual([]);
  });

  test('keeps away an endpoint that is being created meanwhile', async () => {
    const control = await withApplication();
    const [created] = await Promise.all([
      create(control.ports, 'ep1'),
      deleteApplication(orgId, 'shop-1', control.ports),
    ]);
    expect(refused(created)).toBe('not-found');
    await expect(records(control)).resolves.toEqual([]);
  });
});

describe('an ordered endpoint', () => {
  const ordered = (uid: string, more: object = {}) => ({ ...settings(uid), ordered: true, ...more });
  const counted = async ({ store, appId }: FakeControl & { appId: string }) =>
    (await store.findApplication(orgId, appId))?.orderedEndpoints;

  test('is shown as one, and counted as long as it is one', async () => {
    const control = await withApplication();
    const { ports } = control;
    expect(await counted(control)).toBeUndefined();
    const made = answered(await createEndpoint(application, { settings: ordered('ep1'), secret: undefined }, ports));
    expect(made.body).toMatchObject({ ordered: true, metadata: { 'fanfare.ordered': 'true' } });
    expect(await counted(control)).toBe(1);
    await putEndpoint(named('ep2'), ordered('ep2'), ports);
    expect(await counted(control)).toBe(2);
    answered(await patchEndpoint(named('ep1'), { description: 'x' }, ports));
    expect(await counted(control)).toBe(2);
    expect(answered(await patchEndpoint(named('ep1'), { ordered: false }, ports)).body).toMatchObject({
      ordered: false,
      metadata: {},
    });
    expect(await counted(control)).toBe(1);
    answered(await deleteEndpoint(named('ep2'), ports));
    expect(await counted(control)).toBe(0);
  });

  test('is ordered no more when it is replaced by settings that do not say so', async () => {
    const control = await withApplication();
    await putEndpoint(named('ep1'), ordered('ep1'), control.ports);
    answered(await putEndpoint(named('ep1'), settings('ep1'), control.ports));
    expect(await counted(control)).toBe(0);
    expect(await records(control)).toMatchObject([{ uid: 'ep1' }]);
    expect((await records(control))[0]?.orderedSince).toBeUndefined();
  });

  test('cannot be a destination of AWS, however it is said, and nothing is written', async () => {
    const control = await withApplication();
    const { ports } = control;
    const problem = { kind: 'invalid', problems: [{ loc: ['body', 'ordered'] }] };
    const given = { settings: ordered('ep1', { url: ALLOWED_QUEUE }), secret: undefined };
    expect(await createEndpoint(application, given, ports)).toMatchObject({ error: problem });
    expect(await records(control)).toEqual([]);
    await putEndpoint(named('queue'), settings('queue', ALLOWED_QUEUE), ports);
    expect(await patchEndpoint(named('queue'), { ordered: true }, ports)).toMatchObject({ error: problem });
    await putEndpoint(named('hook'), ordered('hook'), ports);
    expect(await patchEndpoint(named('hook'), { url: ALLOWED_QUEUE }, ports)).toMatchObject({ error: problem });
    expect(await putEndpoint(named('hook'), ordered('hook', { url: ALLOWED_QUEUE }), ports)).toMatchObject({
      error: problem,
    });
    expect(await counted(control)).toBe(1);
    answered(await patchEndpoint(named('hook'), { url: ALLOWED_QUEUE, ordered: false }, ports));
    expect(await counted(control)).toBe(0);
  });
});
