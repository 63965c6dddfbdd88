import { urlDigest } from '@fanfare/events/activation';
import { activate } from './activate.ts';
import { fakeActivationStore } from './activation-store.fake.ts';
import type { Reached } from './examination.ts';
import { endpoint, REF } from './task.fake.ts';

const NOW = 1_800_000_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;
const { orgId, appId, endpointId } = REF;
const ref = { orgId, appId, endpointId };
const URL = 'https://hooks.example.com/in';
const REACHABLE: Reached = {
  ok: true,
  detail: 'connected, and the certificate is valid',
  certificate: { expiresAt: NOW + 90 * DAY_MS, issuer: 'Example CA' },
};

type Change = Parameters<typeof endpoint>[0];

/** `meanwhile` is what its owner does to the endpoint while it is connected to. */
const setUp = async ({
  given = {},
  reached = REACHABLE,
  meanwhile,
}: {
  given?: Change;
  reached?: Reached;
  meanwhile?: Change;
} = {}) => {
  const store = fakeActivationStore();
  await store.putVersion(ref, { kind: 'application-version', version: 3 });
  await store.putEndpoint(ref, endpoint({ url: URL, ...given }));
  const connectedTo: string[] = [];
  let clock = NOW;
  const ports = {
    ...store,
    connect: async (url: string) => {
      connectedTo.push(url);
      if (meanwhile !== undefined) await store.putEndpoint(ref, endpoint({ url: URL, ...meanwhile }));
      return reached;
    },
    now: () => {
      clock += 1;
      return clock;
    },
  };
  return { ports, store, connectedTo, kept: async () => (await store.endpointAt(ref))?.activation };
};

describe('what is found of a new URL', () => {
  test('stands on the endpoint: reachable or why not, and the end and the issuer of its certificate', async () => {
    const { ports, kept } = await setUp();
    const found = {
      urlDigest: urlDigest(URL),
      examinedAt: NOW + 1,
      outcome: 'reachable',
      detail: REACHABLE.detail,
      certificate: REACHABLE.certificate,
    };
    await expect(activate(ref, NOW, ports)).resolves.toEqual({ kind: 'found', found, expiresSoon: false });
    expect(await kept()).toEqual(found);
  });

  test.each([
    ['nobody listens', { ok: false, detail: 'the connection was refused' }],
    ['its certificate is over', { ...REACHABLE, ok: false, detail: 'the certificate has expired' }],
  ])('is told, and disables nothing, where %s', async (_title, reached) => {
    const { ports, store } = await setUp({ reached });
    await activate(ref, NOW, ports);
    expect(await store.endpointAt(ref)).toMatchObject({
      disabled: false,
      activation: { outcome: 'unreachable', detail: reached.detail },
    });
  });

  test.each([
    ['is over', -1, true],
    ['ends within fourteen days', 14 * DAY_MS - 1, true],
    ['lasts longer', 15 * DAY_MS, false],
  ])('is a warning where the certificate %s: %d', async (_title, leftMs, expiresSoon) => {
    const { ports } = await setUp({
      reached: { ...REACHABLE, certificate: { expiresAt: NOW + leftMs, issuer: 'Example CA' } },
    });
    await expect(activate(ref, NOW, ports)).resolves.toMatchObject({ kind: 'found', expiresSoon });
  });

  test('is known too of an endpoint that is disabled: its owner enables it when all is well', async () => {
    const { ports, kept } = await setUp({ given: { disabled: true } });
    await activate(ref, NOW, ports);
    expect(await kept()).toMatchObject({ outcome: 'reachable' });
  });

  test('is nothing where the URL is a resource of AWS, and says so', async () => {
    const { ports, connectedTo, kept } = await setUp({ given: { url: 'arn:aws:sqs:eu-west-1:123456789012:orders' } });
    await activate(ref, NOW, ports);
    expect(await kept()).toMatchObject({ outcome: 'skipped' });
    expect(connectedTo).toEqual([]);
  });
});

describe('an announcement', () => {
  test('that comes twice is examined once', async () => {
    const { ports, connectedTo, kept } = await setUp();
    await activate(ref, NOW, ports);
    const before = await kept();
    await expect(activate(ref, NOW, ports)).resolves.toEqual({ kind: 'known' });
    expect(connectedTo).toEqual([URL]);
    expect(await kept()).toEqual(before);
  });

  test('that comes twice at the same time leaves the later of two findings', async () => {
    const { ports, kept } = await setUp();
    await Promise.all([activate(ref, NOW, ports), activate(ref, NOW, ports)]);
    expect(await kept()).toMatchObject({ examinedAt: NOW + 2 });
  });

  test('of a URL that was left and taken again is examined anew', async () => {
    const { ports, connectedTo } = await setUp();
    await activate(ref, NOW, ports);
    await expect(activate(ref, NOW + DAY_MS, ports)).resolves.toMatchObject({ kind: 'found' });
    expect(connectedTo).toHaveLength(2);
  });

  test('that is overtaken by another URL examines that one', async () => {
    const { ports, connectedTo } = await setUp({ given: { url: 'https://new.example.com/' } });
    await activate(ref, NOW, ports);
    expect(connectedTo).toEqual(['https://new.example.com/']);
  });

  test('leaves nothing of a URL that was changed while it was examined, and the next one finds the new one', async () => {
    const { ports, kept } = await setUp({ meanwhile: { url: 'https://new.example.com/' } });
    await expect(activate(ref, NOW, ports)).resolves.toEqual({ kind: 'superseded' });
    expect(await kept()).toBeUndefined();
    await activate(ref, NOW, ports);
    expect(await kept()).toMatchObject({ urlDigest: urlDigest('https://new.example.com/') });
  });

  test('replaces what was found of the URL before, however late that was', async () => {
    const old = {
      urlDigest: urlDigest('https://old.example.com/'),
      examinedAt: NOW + DAY_MS,
      outcome: 'reachable',
      detail: '',
    };
    const { ports, kept } = await setUp({ given: { activation: old } });
    await activate(ref, NOW, ports);
    expect(await kept()).toMatchObject({ urlDigest: urlDigest(URL) });
  });

  test('of what was deleted meanwhile leaves nothing', async () => {
    const { ports, kept } = await setUp({ meanwhile: { deletedAt: '2026-11-30T00:00:00Z' } });
    await expect(activate(ref, NOW, ports)).resolves.toEqual({ kind: 'superseded' });
    expect(await kept()).toBeUndefined();
  });

  test.each([
    [
      'endpoint',
      async ({ store }: Awaited<ReturnType<typeof setUp>>) =>
        store.putEndpoint(ref, endpoint({ url: URL, deletedAt: '2026-11-30T00:00:00Z' })),
    ],
    [
      'application',
      async ({ store }: Awaited<ReturnType<typeof setUp>>) =>
        store.putVersion(ref, { kind: 'application-version', version: 4, deletedAt: '2026-11-30T00:00:00Z' }),
    ],
  ])('of an %s that is gone connects to nothing', async (_title, remove) => {
    const all = await setUp();
    await remove(all);
    await expect(activate(ref, NOW, all.ports)).resolves.toEqual({ kind: 'gone' });
    expect(all.connectedTo).toEqual([]);
  });
});
