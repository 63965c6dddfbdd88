import { mintId } from '@fanfare/core/ids';
import type { EndpointRef } from '@fanfare/core/keys';
import { urlDigest } from '@fanfare/events/activation';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ActivationStore } from '../domain/activation-store.fake.ts';
import { endpoint, REF } from '../domain/task.fake.ts';

const URL = 'https://hooks.example.com/in';
const DELETED = '2026-11-30T00:00:00.000Z';

let made = 0;
/** An endpoint of its own, so that tests do not meet in a table that lives on. */
const freshRef = (): EndpointRef => {
  made += 1;
  const random = new Uint8Array(15).fill(made);
  return { orgId: REF.orgId, appId: mintId('app', Date.now(), random), endpointId: mintId('ep', Date.now(), random) };
};
const found = (examinedAt: number, url = URL) => ({
  urlDigest: urlDigest(url),
  examinedAt,
  outcome: 'unreachable',
  detail: 'the certificate has expired',
  certificate: { expiresAt: 1_000, issuer: 'Example CA' },
});

/** The promises that every store of what is found of new URLs keeps. */
export const activationStoreContract = (makeStore: () => Promise<ActivationStore>): void => {
  const setUp = async (fields: Partial<EndpointRecord> = {}) => {
    const store = await makeStore();
    const ref = freshRef();
    await store.putVersion(ref, { kind: 'application-version', version: 1 });
    await store.putEndpoint(ref, endpoint({ id: ref.endpointId, url: URL, ...fields }));
    return { store, ref, kept: async () => (await store.endpointAt(ref))?.activation };
  };

  test('what is kept stands on the endpoint, and changes nothing else of it', async () => {
    const { store, ref, kept } = await setUp({ failingSince: 7, updatedAt: '2026-11-29T00:00:00.000Z' });
    const before = await store.findLiving(ref);
    await expect(store.keepActivation(ref, URL, found(5))).resolves.toBe('kept');
    expect(await kept()).toEqual(found(5));
    await expect(store.findLiving(ref)).resolves.toEqual({ ...before, activation: found(5) });
  });

  test('of two findings about a URL the later one stays, whichever comes first', async () => {
    const { store, ref, kept } = await setUp();
    await store.keepActivation(ref, URL, found(5));
    await expect(store.keepActivation(ref, URL, found(5))).resolves.toBe('superseded');
    await expect(store.keepActivation(ref, URL, found(4))).resolves.toBe('superseded');
    await expect(store.keepActivation(ref, URL, found(6))).resolves.toBe('kept');
    expect(await kept()).toEqual(found(6));
  });

  test('what is known of another URL is replaced, however late that was', async () => {
    const { store, ref, kept } = await setUp({ activation: found(9, 'https://old.example.com/') });
    await expect(store.keepActivation(ref, URL, found(5))).resolves.toBe('kept');
    expect(await kept()).toEqual(found(5));
  });

  test('what was found of a URL that does not stand any more is not kept', async () => {
    const { store, ref, kept } = await setUp({ url: 'https://new.example.com/' });
    await expect(store.keepActivation(ref, URL, found(5))).resolves.toBe('superseded');
    expect(await kept()).toBeUndefined();
  });

  test('a deleted endpoint is not found, and nothing is kept of it', async () => {
    const { store, ref, kept } = await setUp({ deletedAt: DELETED });
    await expect(store.findLiving(ref)).resolves.toBeUndefined();
    await expect(store.keepActivation(ref, URL, found(5))).resolves.toBe('superseded');
    expect(await kept()).toBeUndefined();
  });

  test('an endpoint that never was is not found, and none is made', async () => {
    const store = await makeStore();
    const ref = freshRef();
    await expect(store.findLiving(ref)).resolves.toBeUndefined();
    await expect(store.keepActivation(ref, URL, found(5))).resolves.toBe('superseded');
    expect(await store.endpointAt(ref)).toBeUndefined();
  });

  test('an endpoint of an application that is deleted is not found', async () => {
    const { store, ref } = await setUp();
    await store.putVersion(ref, { kind: 'application-version', version: 2, deletedAt: DELETED });
    await expect(store.findLiving(ref)).resolves.toBeUndefined();
  });
};
