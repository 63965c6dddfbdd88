import { urlDigest } from '@fanfare/events/activation';
import fc from 'fast-check';
import { type EndpointSettings, endpointView, newEndpoint, tombstoneOf, withPatch, withSettings } from './endpoint.ts';

const settings: fc.Arbitrary<EndpointSettings> = fc.record(
  {
    url: fc.constantFrom('https://example.com/', 'https://example.org/hook'),
    description: fc.string(),
    uid: fc.stringMatching(/^[\w.-]{1,20}$/),
    version: fc.integer({ min: 1, max: 65_535 }),
    disabled: fc.boolean(),
    eventTypes: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
    channels: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 10 }),
    throttleRate: fc.integer({ min: 1, max: 65_535 }),
    metadata: fc.dictionary(fc.string(), fc.string()),
  },
  { requiredKeys: ['url', 'description', 'version', 'disabled', 'metadata'] },
);
const SEALED = { sealed: new Uint8Array([1, 2, 3]) };
const made = (given: EndpointSettings) => newEndpoint('ep_1', given, SEALED, 7, 1_000);
const PLAIN: EndpointSettings = {
  url: 'https://example.com/',
  description: '',
  version: 1,
  disabled: false,
  metadata: {},
};

test('an endpoint with other settings is the one made with them, but for its times', () => {
  fc.assert(
    fc.property(settings, settings, (before, after) => {
      const changed = withSettings(made(before), after, 2_000);
      expect({ ...changed, updatedAt: '' }).toEqual({ ...made(after), updatedAt: '' });
    }),
  );
});

test('settings that say nothing new leave the very same endpoint, so that no version is raised', () => {
  fc.assert(
    fc.property(settings, (given) => {
      const endpoint = made(given);
      expect(withSettings(endpoint, { ...given }, 2_000)).toBe(endpoint);
      expect(withPatch(endpoint, {}, 2_000)).toBe(endpoint);
    }),
  );
});

test('an endpoint that is enabled again has nothing held against it, and one that is changed otherwise does', () => {
  const disabled = { ...made({ ...PLAIN, disabled: true }), failingSince: 5, disabledReason: 'failing' };
  const enabled = withPatch(disabled, { disabled: false }, 2_000);
  expect(enabled).toMatchObject({ disabled: false });
  expect(enabled).not.toHaveProperty('failingSince');
  expect(enabled).not.toHaveProperty('disabledReason');
  expect(withPatch(disabled, { description: 'x' }, 2_000)).toMatchObject({
    failingSince: 5,
    disabledReason: 'failing',
  });
  expect(withPatch({ ...made(PLAIN), failingSince: 5 }, { version: 2 }, 2_000)).toMatchObject({ failingSince: 5 });
});

test('an endpoint that is somewhere else now has nothing held against it of the place where it was', () => {
  const failing = { ...made(PLAIN), failingSince: 5 };
  expect(withPatch(failing, { url: 'https://hooks.example.com/new' }, 2_000)).not.toHaveProperty('failingSince');
});

test('a patch clears with null what can be absent', () => {
  const all = made({ ...PLAIN, uid: 'u', eventTypes: ['a'], channels: ['b'], throttleRate: 1 });
  const cleared = withPatch(all, { uid: null, eventTypes: null, channels: null, throttleRate: null }, 2_000);
  expect({ ...cleared, updatedAt: '' }).toEqual({ ...made(PLAIN), updatedAt: '' });
});

test('a tombstone can sign nothing and goes when the messages that name it are gone', () => {
  const tombstone = tombstoneOf(made({ ...PLAIN, uid: 'u' }), 2_000);
  expect(tombstone).toMatchObject({
    id: 'ep_1',
    uid: 'u',
    secrets: [],
    deletedAt: '1970-01-01T00:00:02.000Z',
    expiresAt: 2 + 90 * 24 * 60 * 60,
  });
});

test('an endpoint is shown with every field, and with both names of what has two', () => {
  expect(endpointView(made(PLAIN))).toEqual({
    id: 'ep_1',
    description: '',
    url: 'https://example.com/',
    uid: null,
    version: 1,
    disabled: false,
    eventTypes: null,
    filterTypes: null,
    channels: null,
    rateLimit: null,
    throttleRate: null,
    metadata: {},
    ordered: false,
    activation: null,
    createdAt: '1970-01-01T00:00:01.000Z',
    updatedAt: '1970-01-01T00:00:01.000Z',
  });
  expect(endpointView(made({ ...PLAIN, eventTypes: ['a'], throttleRate: 2 }))).toMatchObject({
    eventTypes: ['a'],
    filterTypes: ['a'],
    rateLimit: 2,
    throttleRate: 2,
  });
});

describe('what was found of its URL', () => {
  const found = {
    urlDigest: urlDigest(PLAIN.url),
    examinedAt: 5_000,
    outcome: 'unreachable',
    detail: 'the certificate has expired',
  };
  const certificate = { expiresAt: 4_000, issuer: 'Example CA' };

  test('is shown with an endpoint', () => {
    expect(endpointView({ ...made(PLAIN), activation: { ...found, certificate } }).activation).toEqual({
      outcome: 'unreachable',
      detail: 'the certificate has expired',
      examinedAt: '1970-01-01T00:00:05.000Z',
      certificate: { issuer: 'Example CA', expiresAt: '1970-01-01T00:00:04.000Z' },
    });
    expect(endpointView({ ...made(PLAIN), activation: found }).activation).toMatchObject({ certificate: null });
  });

  test('is not shown of another URL than the one it has', () => {
    const moved = { ...made({ ...PLAIN, url: 'https://elsewhere.example/' }), activation: found };
    expect(endpointView(moved).activation).toBeNull();
  });
});
