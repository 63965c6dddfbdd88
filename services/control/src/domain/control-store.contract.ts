import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { ApplicationRecord } from '@fanfare/events/application-record';
import { newApplication } from './application.ts';
import type { ControlStore, ControlTable } from './control-store.fake.ts';
import { type EndpointSettings, newEndpoint, tombstoneOf, withSettings } from './endpoint.ts';
import type { KeptAnswer } from './idempotency.ts';

type Prefix = Parameters<typeof mintId>[0];
let clockMs = Date.now();
/** Ids sort by time to 4 ms. */
const fresh = (prefix: Prefix): string => {
  clockMs += 4;
  return mintId(prefix, clockMs, new Uint8Array(randomBytes(RANDOM_BYTES)));
};

const SETTINGS: EndpointSettings = {
  url: 'https://example.com/hook',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
};
/** As a table keeps it: an absent field is not there. */
const defined = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;

const FIRST = { limit: 10, backwards: false } as const;

/** The promises that every store of the control service keeps. */
export const controlStoreContract = (makeStore: () => Promise<{ store: ControlTable; now: () => number }>): void => {
  const setUp = async () => {
    const { store, now } = await makeStore();
    return { store, now, orgId: fresh('org') };
  };
  const application = (uid?: string): ApplicationRecord =>
    newApplication(fresh('app'), { name: 'Shop', uid, metadata: { plan: 'pro' } }, clockMs);
  const endpoint = (sinceVersion: number, uid?: string) =>
    newEndpoint(fresh('ep'), { ...SETTINGS, uid }, { sealed: new Uint8Array([1, 2, 3]) }, sinceVersion, clockMs);
  const keptFor = (orgId: string, nowMs: number, more: Partial<KeptAnswer> = {}): KeptAnswer => ({
    orgId,
    keyHash: randomBytes(8).toString('hex'),
    fingerprint: 'body',
    answer: { statusCode: 201, headers: { 'content-type': 'application/json' }, body: '{"id":"1"}' },
    expiresAt: Math.floor(nowMs / 1000) + 60,
    ...more,
  });
  const made = async (uid?: string) => {
    const all = await setUp();
    const record = application(uid);
    await all.store.saveApplication(all.orgId, { after: record }, undefined);
    return { ...all, record, ref: { orgId: all.orgId, appId: record.id } };
  };

  describe('applications', () => {
    test('an application is found by id and by uid, and by nobody else', async () => {
      const { store, orgId, record } = await made('shop-1');
      await expect(store.getApplication(orgId, record.id)).resolves.toEqual(record);
      await expect(store.getApplication(orgId, 'shop-1')).resolves.toEqual(record);
      await expect(store.getApplication(fresh('org'), record.id)).resolves.toBeUndefined();
      await expect(store.findApplication(orgId, 'shop-1')).resolves.toMatchObject({ appId: record.id, version: 1 });
    });

    test.each(['', 'a b', 'app_nonsense', 'a#b', 'x'.repeat(257), '../app'])(
      '%j names no application',
      async (name) => {
        const { store, orgId } = await setUp();
        await expect(store.getApplication(orgId, name)).resolves.toBeUndefined();
      },
    );

    test('of two applications with one uid the second is refused, and leaves nothing', async () => {
      const { store, orgId } = await made('shop-1');
      const second = application('shop-1');
      await expect(store.saveApplication(orgId, { after: second }, undefined)).resolves.toBe('uid-taken');
      await expect(store.getApplication(orgId, second.id)).resolves.toBeUndefined();
      await expect(store.findApplication(orgId, second.id)).resolves.toBeUndefined();
    });

    test('of two creations with one uid at the same time one is made', async () => {
      const { store, orgId } = await setUp();
      const both = await Promise.all(
        [application('shop-1'), application('shop-1')].map((after) =>
          store.saveApplication(orgId, { after }, undefined),
        ),
      );
      expect(both.filter((outcome) => outcome === 'saved')).toHaveLength(1);
      await expect(store.listApplications(orgId, FIRST)).resolves.toHaveLength(1);
    });

    test('a change of uid frees the old one and reaches whoever reads the version', async () => {
      const { store, orgId, record } = await made('old');
      const after = { ...record, uid: 'new', updatedAt: new Date(clockMs + 1).toISOString() };
      await expect(store.saveApplication(orgId, { before: record, after }, undefined)).resolves.toBe('saved');
      await expect(store.getApplication(orgId, 'old')).resolves.toBeUndefined();
      await expect(store.findApplication(orgId, 'new')).resolves.toMatchObject({ appId: record.id });
      const none = { ...after, uid: undefined, updatedAt: new Date(clockMs + 2).toISOString() };
      await expect(store.saveApplication(orgId, { before: after, after: none }, undefined)).resolves.toBe('saved');
      await expect(store.getApplication(orgId, 'new')).resolves.toBeUndefined();
    });

    test('the rate of an application stands where whoever delivers finds it, and its version stays', async () => {
      const { store, orgId, ref, record } = await made('shop');
      await expect(store.rateOf(ref)).resolves.toBeUndefined();
      const limited = { ...record, throttleRate: 5, updatedAt: new Date(clockMs + 1).toISOString() };
      await expect(store.saveApplication(orgId, { before: record, after: limited }, undefined)).resolves.toBe('saved');
      await expect(store.rateOf(ref)).resolves.toBe(5);
      await expect(store.findApplication(orgId, 'shop')).resolves.toMatchObject({ version: 1 });
      const freed = { ...limited, throttleRate: undefined, updatedAt: new Date(clockMs + 2).toISOString() };
      await expect(store.saveApplication(orgId, { before: limited, after: freed }, undefined)).resolves.toBe('saved');
      await expect(store.rateOf(ref)).resolves.toBeUndefined();
      const another = { ...application(), throttleRate: 7 };
      await store.saveApplication(orgId, { after: another }, undefined);
      await expect(store.rateOf({ orgId, appId: another.id })).resolves.toBe(7);
    });

    test('how long its payloads are kept stands where whoever accepts finds it, and its version stays', async () => {
      const { store, orgId, record } = await made('shop');
      const found = () => store.findApplication(orgId, 'shop');
      await expect(found()).resolves.not.toHaveProperty('payloadRetentionDays');
      const kept = { ...record, payloadRetentionDays: 30, updatedAt: new Date(clockMs + 1).toISOString() };
      await expect(store.saveApplication(orgId, { before: record, after: kept }, undefined)).resolves.toBe('saved');
      await expect(found()).resolves.toMatchObject({ version: 1, payloadRetentionDays: 30 });
      await expect(store.getApplication(orgId, 'shop')).resolves.toEqual(kept);
      const freed = { ...kept, payloadRetentionDays: undefined, updatedAt: new Date(clockMs + 2).toISOString() };
      await expect(store.saveApplication(orgId, { before: kept, after: freed }, undefined)).resolves.toBe('saved');
      await expect(found()).resolves.not.toHaveProperty('payloadRetentionDays');
      const another = { ...application(), payloadRetentionDays: 7 };
      await store.saveApplication(orgId, { after: another }, undefined);
      await expect(store.findApplication(orgId, another.id)).resolves.toMatchObject({ payloadRetentionDays: 7 });
    });

    test('a change that was decided on older data loses', async () => {
      const { store, orgId, record } = await made();
      const change = (name: string, ms: number) => ({
        before: record,
        after: { ...record, name, updatedAt: new Date(clockMs + ms).toISOString() },
      });
      await expect(store.saveApplication(orgId, change('first', 1), undefined)).resolves.toBe('saved');
      await expect(store.saveApplication(orgId, change('second', 2), undefined)).resolves.toBe('lost-race');
      await expect(store.getApplication(orgId, record.id)).resolves.toMatchObject({ name: 'first' });
    });

    test('applications are listed by id in either direction, without those of other organisations', async () => {
      const { store, orgId } = await setUp();
      await made();
      const records = ['a', 'b', 'c'].map(application);
      for (const after of records) await store.saveApplication(orgId, { after }, undefined);
      const [a, b, c] = records.map(({ id }) => id);
      const listed = async (request: Parameters<ControlStore['listApplications']>[1]) =>
        (await store.listApplications(orgId, request)).map(({ id }) => id);

      await expect(listed({ limit: 1, backwards: false })).resolves.toEqual([a, b]);
      await expect(listed({ ...FIRST, from: a ?? '' })).resolves.toEqual([b, c]);
      await expect(listed({ ...FIRST, order: 'descending' })).resolves.toEqual([c, b, a]);
      await expect(listed({ limit: 10, backwards: true, from: c ?? '' })).resolves.toEqual([b, a]);
      await expect(listed({ ...FIRST, from: 'app_zzz' })).resolves.toEqual([]);
      await expect(listed({ limit: 0, backwards: false })).resolves.toEqual([a]);
    });

    test('a deleted application leaves a version that says so and frees its uid', async () => {
      const { store, orgId, record, ref } = await made('shop-1');
      const tombstone = { deletedAt: new Date(clockMs).toISOString(), expiresAt: Math.floor(clockMs / 1000) + 60 };
      await expect(store.wasDeleted(orgId, record.id)).resolves.toBe(false);
      await expect(store.removeApplication(ref, record, tombstone)).resolves.toBe('removed');
      await expect(store.wasDeleted(orgId, record.id)).resolves.toBe(true);
      await expect(store.getApplication(orgId, record.id)).resolves.toBeUndefined();
      await expect(store.findApplication(orgId, record.id)).resolves.toBeUndefined();
      await expect(store.removeApplication(ref, record, tombstone)).resolves.toBe('lost-race');
      await expect(store.saveApplication(orgId, { after: application('shop-1') }, undefined)).resolves.toBe('saved');
      await expect(store.saveEndpoint(ref, { seen: 2, after: endpoint(3) }, undefined)).resolves.toBe('lost-race');
    });
  });

  describe('endpoints', () => {
    test('each change of an endpoint raises the version of its application', async () => {
      const { store, orgId, record, ref } = await made();
      const first = endpoint(2, 'ep1');
      await expect(store.saveEndpoint(ref, { seen: 1, after: first }, undefined)).resolves.toBe('saved');
      await expect(store.findApplication(orgId, record.id)).resolves.toMatchObject({ version: 2 });
      const changed = withSettings(first, { ...SETTINGS, uid: 'ep1', disabled: true }, clockMs);
      await expect(store.saveEndpoint(ref, { seen: 2, before: first, after: changed }, undefined)).resolves.toBe(
        'saved',
      );
      await expect(store.findApplication(orgId, record.id)).resolves.toMatchObject({ version: 3 });
      await expect(store.getEndpoint(ref, 'ep1')).resolves.toEqual(changed);
      await expect(store.getEndpoint(ref, first.id)).resolves.toEqual(changed);
    });

    test('ordered endpoints are counted where whoever accepts messages finds the number', async () => {
      const { store, orgId, record, ref } = await made('shop');
      const found = async () => (await store.findApplication(orgId, record.id))?.orderedEndpoints;
      const [first, second] = [2, 3].map((version) => ({
        ...endpoint(version),
        orderedSince: clockMs,
        orderedVersion: version,
      }));
      if (!first || !second) throw new Error('two were made');
      await expect(found()).resolves.toBeUndefined();
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      await expect(store.saveEndpoint(ref, { seen: 1, after: second }, undefined)).resolves.toBe('lost-race');
      await expect(found()).resolves.toBe(1);
      await store.saveEndpoint(ref, { seen: 2, after: second }, undefined);
      await expect(found()).resolves.toBe(2);
      await expect(store.getEndpoint(ref, first.id)).resolves.toEqual(first);

      const renamed = { ...record, uid: 'store', updatedAt: new Date(clockMs + 1).toISOString() };
      await store.saveApplication(orgId, { before: record, after: renamed }, undefined);
      await expect(found()).resolves.toBe(2);

      const described = { ...first, description: 'x' };
      await store.saveEndpoint(ref, { seen: 3, before: first, after: described }, undefined);
      await expect(found()).resolves.toBe(2);
      const { orderedSince: _, orderedVersion: __, ...rest } = described;
      const ceased = { ...rest, orderedUntilVersion: 4 };
      await store.saveEndpoint(ref, { seen: 4, before: described, after: ceased }, undefined);
      await expect(found()).resolves.toBe(1);
      await expect(store.getEndpoint(ref, first.id)).resolves.toEqual({ ...ceased, wakeAt: expect.any(Number) });
      await store.saveEndpoint(ref, { seen: 5, before: second, after: tombstoneOf(second, clockMs) }, undefined);
      await expect(found()).resolves.toBe(0);
    });

    test('of two changes that saw the same version one loses', async () => {
      const { store, ref } = await made();
      const both = await Promise.all(
        [endpoint(2), endpoint(2)].map((after) => store.saveEndpoint(ref, { seen: 1, after }, undefined)),
      );
      expect(both.toSorted()).toEqual(['lost-race', 'saved']);
      await expect(store.listEndpoints(ref, FIRST)).resolves.toHaveLength(1);
    });

    test('a change that did not see since when the endpoint fails loses, so that it undoes nothing', async () => {
      const { store, ref } = await made();
      const first = endpoint(2);
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      const failing = { ...first, failingSince: clockMs };
      await expect(store.saveEndpoint(ref, { seen: 2, before: first, after: failing }, undefined)).resolves.toBe(
        'saved',
      );
      const stale = { seen: 3, before: first, after: { ...first, description: 'x' } };
      await expect(store.saveEndpoint(ref, stale, undefined)).resolves.toBe('lost-race');
      const fresh = { seen: 3, before: failing, after: { ...failing, description: 'x' } };
      await expect(store.saveEndpoint(ref, fresh, undefined)).resolves.toBe('saved');
    });

    test('a uid belongs to one endpoint of its application, and to another one once it is freed', async () => {
      const { store, ref } = await made();
      const [first, second] = [endpoint(2, 'ep1'), endpoint(3, 'ep1')];
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      await expect(store.saveEndpoint(ref, { seen: 2, after: second }, undefined)).resolves.toBe('uid-taken');
      const tombstone = tombstoneOf(first, clockMs);
      await store.saveEndpoint(ref, { seen: 2, before: first, after: tombstone }, undefined);
      await expect(store.saveEndpoint(ref, { seen: 3, after: second }, undefined)).resolves.toBe('saved');
      const other = await made();
      await expect(store.getEndpoint(other.ref, 'ep1')).resolves.toBeUndefined();
    });

    test('a deleted endpoint is neither found nor listed nor changed again', async () => {
      const { store, ref } = await made();
      const [first, second] = [endpoint(2, 'ep1'), endpoint(3)];
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      await store.saveEndpoint(ref, { seen: 2, after: second }, undefined);
      const tombstone = tombstoneOf(second, clockMs);
      await store.saveEndpoint(ref, { seen: 3, before: second, after: tombstone }, undefined);
      await expect(store.getEndpoint(ref, second.id)).resolves.toBeUndefined();
      await expect(store.listEndpoints(ref, { limit: 1, backwards: false })).resolves.toEqual([first]);
      await expect(store.saveEndpoint(ref, { seen: 4, before: second, after: second }, undefined)).resolves.toBe(
        'lost-race',
      );
    });

    test('endpoints are listed newest first, past any number of deleted ones', async () => {
      const { store, ref } = await made();
      const made3 = [endpoint(2), endpoint(3), endpoint(4), endpoint(5)];
      for (const [index, after] of made3.entries())
        await store.saveEndpoint(ref, { seen: index + 1, after }, undefined);
      const [a, b, c, d] = made3;
      if (!a || !b || !c || !d) throw new Error('four were made');
      await store.saveEndpoint(ref, { seen: 5, before: c, after: tombstoneOf(c, clockMs) }, undefined);
      await store.saveEndpoint(ref, { seen: 6, before: d, after: tombstoneOf(d, clockMs) }, undefined);
      const listed = async (request: Parameters<ControlStore['listEndpoints']>[1]) =>
        (await store.listEndpoints(ref, request)).map(({ id }) => id);
      await expect(listed({ limit: 1, backwards: false })).resolves.toEqual([b.id, a.id]);
      await expect(listed({ limit: 5, backwards: false, from: b.id })).resolves.toEqual([a.id]);
      await expect(listed({ limit: 5, backwards: true, from: a.id })).resolves.toEqual([b.id]);
      await expect(listed({ limit: 5, backwards: false, order: 'ascending' })).resolves.toEqual([a.id, b.id]);
    });

    test('what the engine learns of an endpoint while it is changed stays, and so does the change', async () => {
      const { store, ref } = await made();
      const first = endpoint(2, 'ep1');
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      const learned = { pausedUntil: 1_800_000_000_000, wakeAt: 1_800_000_100_000 };
      const given = { ...SETTINGS, uid: 'ep1', throttleRate: 5, eventTypes: ['a'] };
      const limited = withSettings(first, given, clockMs);
      await store.engineWrites({ ...ref, endpointId: first.id }, learned);
      await store.saveEndpoint(ref, { seen: 2, before: first, after: limited }, undefined);
      await expect(store.getEndpoint(ref, first.id)).resolves.toEqual({ ...limited, ...learned });

      const breaker = { openedAt: 1, until: 2, probes: 0, reason: 'timed-out' };
      const freed = withSettings(limited, { ...SETTINGS, uid: 'ep1' }, clockMs + 1);
      await store.saveEndpoint(ref, { seen: 3, before: limited, after: freed }, undefined);
      await store.engineWrites({ ...ref, endpointId: first.id }, { breaker, slowSince: 3 });
      const standing = await store.getEndpoint(ref, first.id);
      expect(standing).toEqual({ ...defined(freed), ...learned, breaker, slowSince: 3 });
    });

    test('an endpoint that ceases to be ordered has what is left in its logs looked at', async () => {
      const { store, now, ref } = await made();
      const ordered = { ...endpoint(2), orderedSince: 1_700_000_000_000, orderedVersion: 2 };
      await store.saveEndpoint(ref, { seen: 1, after: ordered }, undefined);
      await expect(store.getEndpoint(ref, ordered.id)).resolves.not.toHaveProperty('wakeAt');
      const before = now();
      const { orderedSince: _since, orderedVersion: _version, ...after } = ordered;
      await store.saveEndpoint(ref, { seen: 2, before: ordered, after }, undefined);
      const { wakeAt = 0 } = (await store.getEndpoint(ref, ordered.id)) ?? {};
      expect(wakeAt).toBeGreaterThanOrEqual(before);
      expect(wakeAt).toBeLessThanOrEqual(now());
    });

    test('an endpoint that was read before the engine changed it does not bring the older state back', async () => {
      const { store, ref } = await made();
      const first = endpoint(2);
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      const endpointRef = { ...ref, endpointId: first.id };
      await store.engineWrites(endpointRef, { pausedUntil: 1_800_000_000_000 });
      const read = await store.getEndpoint(ref, first.id);
      if (read === undefined) throw new Error('it was made');
      await store.engineWrites(endpointRef, { pausedUntil: 1_800_000_500_000 });
      const changed = withSettings(read, { ...SETTINGS, description: 'new' }, clockMs);
      await store.saveEndpoint(ref, { seen: 2, before: read, after: changed }, undefined);
      await expect(store.getEndpoint(ref, first.id)).resolves.toMatchObject({
        description: 'new',
        pausedUntil: 1_800_000_500_000,
      });
    });

    test('enabling an endpoint has its parked tasks looked at, now, and nothing else does', async () => {
      const { store, now, ref } = await made();
      const first = { ...endpoint(2), disabled: true };
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      await store.engineWrites({ ...ref, endpointId: first.id }, { wakeAt: 1_900_000_000_000 });
      const described = withSettings(first, { ...SETTINGS, disabled: true, description: 'x' }, clockMs);
      await store.saveEndpoint(ref, { seen: 2, before: first, after: described }, undefined);
      await expect(store.getEndpoint(ref, first.id)).resolves.toMatchObject({ wakeAt: 1_900_000_000_000 });
      const before = now();
      const enabled = withSettings(described, SETTINGS, clockMs + 1);
      await store.saveEndpoint(ref, { seen: 3, before: described, after: enabled }, undefined);
      const { wakeAt = 0 } = (await store.getEndpoint(ref, first.id)) ?? {};
      expect(wakeAt).toBeGreaterThanOrEqual(before);
      expect(wakeAt).toBeLessThanOrEqual(now());
    });

    test('an endpoint that is somewhere else begins anew, and what its breaker held back is looked at now', async () => {
      const { store, now, ref } = await made();
      const first = endpoint(2);
      await store.saveEndpoint(ref, { seen: 1, after: first }, undefined);
      const breaker = { openedAt: 1, until: 1_900_000_000_000, probes: 3, reason: 'timed-out' };
      const learned = { breaker, pausedUntil: 1_900_000_000_000, slowSince: 5, wakeAt: 1_900_000_000_000 };
      await store.engineWrites({ ...ref, endpointId: first.id }, learned);
      const read = await store.getEndpoint(ref, first.id);
      if (read === undefined) throw new Error('it was made');
      const described = withSettings(read, { ...SETTINGS, description: 'x' }, clockMs);
      await store.saveEndpoint(ref, { seen: 2, before: read, after: described }, undefined);
      await expect(store.getEndpoint(ref, first.id)).resolves.toMatchObject(learned);
      const before = now();
      const moved = withSettings(described, { ...SETTINGS, url: 'https://example.com/elsewhere' }, clockMs + 1);
      await store.saveEndpoint(ref, { seen: 3, before: described, after: moved }, undefined);
      const { wakeAt = 0, ...rest } = (await store.getEndpoint(ref, first.id)) ?? {};
      for (const field of ['breaker', 'pausedUntil', 'slowSince']) expect(rest).not.toHaveProperty(field);
      expect(wakeAt).toBeGreaterThanOrEqual(before);
      expect(wakeAt).toBeLessThanOrEqual(now());
    });

    test('an endpoint can be buried twice, and its uid goes with it', async () => {
      const { store, ref } = await made();
      const after = endpoint(2, 'ep1');
      await store.saveEndpoint(ref, { seen: 1, after }, undefined);
      const tombstone = tombstoneOf(after, clockMs);
      await expect(store.buryEndpoint(ref, tombstone)).resolves.toBe('buried');
      await expect(store.buryEndpoint(ref, tombstone)).resolves.toBe('buried');
      await expect(store.getEndpoint(ref, after.id)).resolves.toBeUndefined();
      await expect(store.getEndpoint(ref, 'ep1')).resolves.toBeUndefined();
    });
  });

  describe('kept answers', () => {
    test('an answer is kept with its change, as it was', async () => {
      const { store, now, orgId } = await setUp();
      const kept = keptFor(orgId, now());
      await expect(store.findAnswer(kept)).resolves.toBeUndefined();
      await store.saveApplication(orgId, { after: application() }, kept);
      await expect(store.findAnswer(kept)).resolves.toEqual(kept);
      await expect(store.findAnswer({ ...kept, orgId: fresh('org') })).resolves.toBeUndefined();
    });

    test('a change that fails keeps no answer', async () => {
      const { store, now, orgId } = await made('shop-1');
      const kept = keptFor(orgId, now());
      await expect(store.saveApplication(orgId, { after: application('shop-1') }, kept)).resolves.toBe('uid-taken');
      await expect(store.findAnswer(kept)).resolves.toBeUndefined();
    });

    test('a repeat that comes before its first call was answered loses, even where its uid is taken', async () => {
      const { store, now, orgId, ref } = await made();
      const kept = keptFor(orgId, now());
      await store.saveApplication(orgId, { after: application('shop-1') }, kept);
      await expect(store.saveApplication(orgId, { after: application('shop-1') }, kept)).resolves.toBe('lost-race');
      await expect(store.saveEndpoint(ref, { seen: 1, after: endpoint(2) }, kept)).resolves.toBe('lost-race');
    });

    test('an answer whose time is over counts as absent', async () => {
      const { store, now, orgId } = await setUp();
      const old = keptFor(orgId, now(), { expiresAt: Math.floor(now() / 1000) - 1 });
      await store.saveApplication(orgId, { after: application() }, old);
      await expect(store.findAnswer(old)).resolves.toBeUndefined();
      await expect(store.saveApplication(orgId, { after: application() }, old)).resolves.toBe('saved');
    });
  });
};
