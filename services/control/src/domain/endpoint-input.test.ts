import { keyPairOf, SEED_BYTES } from '@fanfare/core/webhooks/key-pair';
import { formatSecret } from '@fanfare/core/webhooks/secret';
import { readEndpoint, readEndpointCreation, readEndpointPatch } from './endpoint-input.ts';

const URL = 'https://example.com/hook';
const SECRET = new Uint8Array(24).fill(7);
const problems = (read: { ok: boolean; error?: unknown }) =>
  ((read.error ?? {}) as { problems?: { loc: unknown[] }[] }).problems?.map(({ loc }) => loc.join('.'));
const create = (body: object) => readEndpointCreation(JSON.stringify(body));

test('what is absent gets its default', () => {
  expect(create({ url: URL })).toEqual({
    ok: true,
    value: {
      secret: undefined,
      headers: {},
      settings: {
        url: URL,
        description: '',
        uid: undefined,
        version: 1,
        disabled: false,
        eventTypes: undefined,
        channels: undefined,
        throttleRate: undefined,
        metadata: {},
        ordered: false,
      },
    },
  });
});

test.each(['eventTypes', 'filterTypes'])('event types are taken as %s, each of them once', (name) => {
  expect(create({ url: URL, [name]: ['a.b', 'c', 'a.b'] })).toMatchObject({
    value: { settings: { eventTypes: ['a.b', 'c'] } },
  });
});

test('what was read can be written back, though it holds every name twice', () => {
  const body = { url: URL, eventTypes: ['a'], filterTypes: ['a'], throttleRate: 3, rateLimit: 3, channels: null };
  expect(readEndpoint(JSON.stringify(body))).toMatchObject({ value: { eventTypes: ['a'], throttleRate: 3 } });
});

test('a secret that is brought along is taken as its bytes', () => {
  expect(create({ url: URL, secret: formatSecret(SECRET) })).toMatchObject({ value: { secret: { bytes: SECRET } } });
  const pair = keyPairOf(new Uint8Array(SEED_BYTES).fill(7));
  const whsk = `whsk_${Buffer.from(pair).toString('base64')}`;
  expect(create({ url: URL, secret: whsk })).toMatchObject({ value: { secret: { type: 'ed25519', bytes: pair } } });
  expect(create({ url: URL, secret: 'whsk_' })).toMatchObject({ value: { secret: { type: 'ed25519' } } });
  expect(create({ url: URL, secret: null })).toMatchObject({ value: { secret: undefined } });
});

test.each([
  ['a missing URL', {}, ['body.url']],
  ['a URL of another scheme', { url: 'ftp://example.com' }, ['body.url']],
  ['an ARN that is none', { url: 'arn:aws:sqs:orders' }, ['body.url']],
  ['an ARN that is too long', { url: `arn:aws:s3:::bucket/${'x'.repeat(2048)}` }, ['body.url']],
  ['an empty list of event types', { url: URL, eventTypes: [] }, ['body.eventTypes']],
  ['an event type that is none', { url: URL, filterTypes: ['a', 'b c'] }, ['body.filterTypes.1']],
  ['two names that say different things', { url: URL, eventTypes: ['a'], filterTypes: ['b'] }, ['body.filterTypes']],
  ['more than ten channels', { url: URL, channels: [...'abcdefghijk'] }, ['body.channels']],
  ['a version of zero', { url: URL, version: 0 }, ['body.version']],
  ['a uid that looks like an id', { url: URL, uid: 'ep_1' }, ['body.uid']],
  ['a secret without its prefix', { url: URL, secret: 'c2VjcmV0' }, ['body.secret']],
  ['a secret that is too short', { url: URL, secret: 'whsec_c2VjcmV0' }, ['body.secret']],
  ['headers that are ours to set', { url: URL, headers: { a: 'x', 'webhook-id': 'x' } }, ['body.headers.webhook-id']],
])('%s is refused at its field', (_title, body, at) => {
  expect(problems(create(body))).toEqual(at);
});

test('no refusal of a secret repeats it', () => {
  const read = create({ url: URL, secret: 'whsec_hunter2' });
  expect(read.ok).toBe(false);
  expect(JSON.stringify(read)).not.toContain('hunter2');
});

test('no headers are as good as none', () => {
  expect(create({ url: URL, headers: {} }).ok).toBe(true);
  expect(create({ url: URL, headers: null }).ok).toBe(true);
});

test('a patch holds what it says and nothing else', () => {
  expect(readEndpointPatch('{}')).toEqual({ ok: true, value: {} });
  expect(readEndpointPatch('{"filterTypes":null,"rateLimit":2,"channels":null}')).toEqual({
    ok: true,
    value: { eventTypes: null, throttleRate: 2, channels: null },
  });
});

test.each(['url', 'disabled', 'description', 'version'])('a patch cannot clear %s', (field) => {
  expect(problems(readEndpointPatch(JSON.stringify({ [field]: null })))).toEqual([`body.${field}`]);
});

describe('whether an endpoint is ordered', () => {
  const name = 'fanfare.ordered';
  const replace = (body: object) => readEndpoint(JSON.stringify({ url: URL, ...body }));
  const patch = (body: object) => readEndpointPatch(JSON.stringify(body));

  test.each([
    ['by its own field', { ordered: true }, {}],
    ['by its metadata, which client libraries pass on', { metadata: { [name]: 'true', plan: 'pro' } }, { plan: 'pro' }],
    ['by both', { ordered: true, metadata: { [name]: 'true' } }, {}],
  ])('is told %s, and is kept out of the metadata', (_title, given, metadata) => {
    expect(create({ url: URL, ...given })).toMatchObject({ value: { settings: { ordered: true, metadata } } });
    expect(replace(given)).toMatchObject({ value: { ordered: true, metadata } });
    expect(patch(given)).toMatchObject({ value: { ordered: true } });
  });

  test('is no when a new or replaced endpoint says nothing, or says no', () => {
    for (const given of [{}, { ordered: false }, { metadata: { [name]: 'false' } }]) {
      expect(create({ url: URL, ...given })).toMatchObject({ value: { settings: { ordered: false, metadata: {} } } });
      expect(replace(given)).toMatchObject({ value: { ordered: false, metadata: {} } });
    }
  });

  test('stays as it is when a change says nothing of it, also where it changes the metadata', () => {
    expect(patch({ metadata: { plan: 'pro' } })).toEqual({
      ok: true,
      value: expect.objectContaining({ metadata: { plan: 'pro' }, ordered: undefined }),
    });
    expect(patch({ description: 'x' })).toMatchObject({ value: { metadata: undefined, ordered: undefined } });
    expect(patch({ metadata: { [name]: 'false' } })).toMatchObject({ value: { metadata: {}, ordered: false } });
  });

  test.each([
    ['a word that is neither', { metadata: { [name]: 'yes' } }, [`body.metadata.${name}`]],
    ['a word that objects know', { metadata: { [name]: 'toString' } }, [`body.metadata.${name}`]],
    [
      'two names that say different things',
      { ordered: false, metadata: { [name]: 'true' } },
      [`body.metadata.${name}`],
    ],
    ['a text in place of yes or no', { ordered: 'true' }, ['body.ordered']],
    ['null', { ordered: null }, ['body.ordered']],
  ])('cannot be told by %s', (_title, given, where) => {
    expect(problems(create({ url: URL, ...given }))).toEqual(where);
    expect(problems(replace(given))).toEqual(where);
    expect(problems(patch(given))).toEqual(where);
  });

  test('takes no room of the metadata, so that what was read of an ordered endpoint can be written back', () => {
    const full = { plan: 'x'.repeat(4096 - '{"plan":""}'.length) };
    expect(replace({ metadata: { ...full, [name]: 'true' } })).toMatchObject({
      value: { ordered: true, metadata: full },
    });
    expect(problems(replace({ metadata: { plan: `${full.plan}x`, [name]: 'true' } }))).toEqual(['body.metadata']);
    expect(problems(replace({ metadata: { plan: full.plan, '': '' } }))).toEqual(['body.metadata']);
  });
});

test.each([
  ['metadata', 'body.metadata'],
  ['headers', 'body.headers'],
])('%s of 200,000 wrong values are one problem', (name, loc) => {
  const values = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`k${n}`, 1]));
  expect(problems(create({ url: URL, [name]: values }))).toEqual([loc]);
});

test.each(['eventTypes', 'filterTypes', 'channels'])('%s of 200,000 wrong names are one problem', (name) => {
  expect(problems(create({ url: URL, [name]: Array(200_000).fill(1) }))).toEqual([`body.${name}`]);
});
