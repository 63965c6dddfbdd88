import { mintId } from '@fanfare/core/ids';
import { type ApplicationRef, endpointKey, type Key, versionKey } from '@fanfare/core/keys';
import type { ReadApplication } from '../domain/application-cache.ts';

/** A reader of applications, and a way for a test to put there what control writes. */
export type ApplicationStore = {
  readonly read: ReadApplication;
  readonly put: (item: Key & Readonly<Record<string, unknown>>) => Promise<void>;
};

let made = 0;
/** An application of its own, so that tests do not meet in a table that lives on. */
const freshApplication = (): ApplicationRef => {
  made += 1;
  return { orgId: 'org_test', appId: mintId('app', Date.now(), new Uint8Array(15).fill(made)) };
};

const version = (fields: object = {}) => ({ kind: 'application-version', version: 3, ...fields });
const endpoint = (id: string, fields: object = {}) => ({
  kind: 'endpoint',
  id,
  url: 'https://hooks.example.com/in',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
  secrets: [{ sealed: new Uint8Array([1, 2, 3]) }],
  sinceVersion: 2,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...fields,
});

/** The promises that every reader of applications keeps. */
export const applicationStoreContract = (makeStore: () => Promise<ApplicationStore>): void => {
  test('an application that is not there counts as deleted, at version 0', async () => {
    const { read } = await makeStore();
    await expect(read(freshApplication())).resolves.toEqual({
      version: 0,
      deleted: true,
      subscribers: [],
      unreadable: [],
    });
  });

  test('an application comes with its version and its endpoints, without their URLs and secrets', async () => {
    const { read, put } = await makeStore();
    const ref = freshApplication();
    await put({ ...versionKey(ref), ...version() });
    await put({ ...endpointKey({ ...ref, endpointId: 'ep_1' }), ...endpoint('ep_1', { eventTypes: ['a'] }) });
    await put({
      ...endpointKey({ ...ref, endpointId: 'ep_2' }),
      ...endpoint('ep_2', { channels: ['c'], disabled: true, selectionVersion: 3 }),
    });
    await expect(read(ref)).resolves.toEqual({
      version: 3,
      deleted: false,
      subscribers: [
        { id: 'ep_1', disabled: false, sinceVersion: 2, eventTypes: ['a'] },
        { id: 'ep_2', disabled: true, sinceVersion: 2, selectionVersion: 3, channels: ['c'] },
      ],
      unreadable: [],
    });
  });

  test('a deleted application and a deleted endpoint are known as such', async () => {
    const { read, put } = await makeStore();
    const ref = freshApplication();
    const deletedAt = '2026-01-02T00:00:00Z';
    await put({ ...versionKey(ref), ...version({ deletedAt }) });
    await put({ ...endpointKey({ ...ref, endpointId: 'ep_1' }), ...endpoint('ep_1', { deletedAt }) });
    await expect(read(ref)).resolves.toMatchObject({ deleted: true, subscribers: [{ id: 'ep_1', deletedAt }] });
  });

  test('an endpoint that cannot be understood is named, beside the others', async () => {
    const { read, put } = await makeStore();
    const ref = freshApplication();
    await put({ ...versionKey(ref), ...version() });
    await put({ ...endpointKey({ ...ref, endpointId: 'ep_1' }), kind: 'endpoint', id: 'ep_1' });
    await put({ ...endpointKey({ ...ref, endpointId: 'ep_2' }), ...endpoint('ep_2') });
    await expect(read(ref)).resolves.toMatchObject({ subscribers: [{ id: 'ep_2' }], unreadable: ['ep_1'] });
  });

  test('what was written before the call is seen, however many endpoints there are', async () => {
    const { read, put } = await makeStore();
    const ref = freshApplication();
    await put({ ...versionKey(ref), ...version({ version: 30 }) });
    // 30 items of 40 KB are more than one page of a query, which ends at 1 MB.
    const ids = Array.from({ length: 30 }, (_, n) => `ep_${String(n).padStart(2, '0')}`);
    const write = (id: string) =>
      put({ ...endpointKey({ ...ref, endpointId: id }), ...endpoint(id, { description: 'x'.repeat(40_000) }) });
    await Promise.all(ids.map(write));
    const application = await read(ref);
    expect(application.version).toBe(30);
    expect(application.subscribers.map(({ id }) => id)).toEqual(ids);
  });
};
