import { jest } from '@jest/globals';
import { newApplication } from './delivery-target.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
let tenant: Tenant;
let appId: string;
let endpointId: string;

const url = 'https://hooks.example.com/in';
const message = { eventType: 'invoice.paid', payload: {} };
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const bytes = (length: number): string => Buffer.alloc(length, 7).toString('base64');

beforeAll(async () => {
  tenant = await newTenant();
  appId = await newApplication(tenant);
  endpointId = (await tenant.svix.endpoint.create(appId, { url })).id;
});

/** The places and reasons of a refusal. */
const problems = async (method: string, path: string, body: unknown) => {
  const reply = await call(method, `/api/v1/app/${appId}${path}`, { token: tenant.token, text: JSON.stringify(body) });
  expect(reply.status).toBe(422);
  return (reply.body as { detail: { loc: (string | number)[]; msg: string }[] }).detail;
};

/** A reason says what to do: an empty one, or the validator's own, does not. */
const A_REASON = /^(must|may|is) .*\w/;

describe('a setting that cannot be is refused with its place and the reason:', () => {
  test.each([
    ['no URL', {}, ['url']],
    ['a URL that is none', { url: 'hooks' }, ['url']],
    ['a URL of another kind', { url: 'ftp://hooks.example.com' }, ['url']],
    ['an address that is not public', { url: 'https://10.0.0.1/' }, ['url']],
    ['the same in decimal', { url: 'https://167772161/' }, ['url']],
    ['an ARN that is none', { url: 'arn:aws:sqs:x' }, ['url']],
    ['an ARN without a role', { url: 'arn:aws:sqs:us-east-1:123456789012:q' }, ['url']],
    ['a header of the request', { url, headers: { Host: 'x' } }, ['headers', 'Host']],
    ['a header of ours', { url, headers: { 'webhook-id': 'x' } }, ['headers', 'webhook-id']],
    ['a header of two lines', { url, headers: { a: 'b\r\nc: d' } }, ['headers', 'a']],
    ['headers as a list', { url, headers: ['a'] }, ['headers']],
    ['a secret without its prefix', { url, secret: bytes(32) }, ['secret']],
    ['a secret that is too short', { url, secret: `whsec_${bytes(23)}` }, ['secret']],
    ['a secret that is too long', { url, secret: `whsec_${bytes(76)}` }, ['secret']],
    ['a key that is none', { url, secret: `whsk_${bytes(31)}` }, ['secret']],
    ['a secret that is no string', { url, secret: 7 }, ['secret']],
    ['a rate of nothing', { url, throttleRate: 0 }, ['throttleRate']],
    ['a rate of one and a half', { url, throttleRate: 1.5 }, ['throttleRate']],
    ['a rate beyond any', { url, rateLimit: 65_536 }, ['rateLimit']],
    ['a rate in words', { url, throttleRate: 'much' }, ['throttleRate']],
    ['two rates', { url, throttleRate: 1, rateLimit: 2 }, ['rateLimit']],
    ['no channel at all', { url, channels: [] }, ['channels']],
    ['eleven channels', { url, channels: Array.from({ length: 11 }, (_, n) => `c${n}`) }, ['channels']],
    ['a channel with a space', { url, channels: ['a b'] }, ['channels', 0]],
    ['an event type with a space', { url, eventTypes: ['a b'] }, ['eventTypes', 0]],
    ['a yes that is no boolean', { url, disabled: 'yes' }, ['disabled']],
  ])('%s', async (_title, body, place) => {
    const created = await problems('POST', '/endpoint', body);
    expect(created).toContainEqual({
      loc: ['body', ...place],
      msg: expect.stringMatching(A_REASON),
      type: 'value_error',
    });
    const { headers, secret, ...changeable } = body as Record<string, unknown>;
    if (headers !== undefined || secret !== undefined || !('url' in changeable)) return;
    const changed = await problems('PATCH', `/endpoint/${endpointId}`, changeable);
    expect(changed.map(({ loc }) => loc)).toContainEqual(['body', ...place]);
  });

  test.each([
    ['an overlap of less than nothing', { gracePeriodSeconds: -1 }, 'gracePeriodSeconds'],
    ['an overlap of more than seven days', { gracePeriodSeconds: 604_801 }, 'gracePeriodSeconds'],
    ['half a second of overlap', { gracePeriodSeconds: 0.5 }, 'gracePeriodSeconds'],
    ['a new secret that is none', { key: 'whsec_' }, 'key'],
  ])('%s', async (_title, body, field) => {
    const found = await problems('POST', `/endpoint/${endpointId}/secret/rotate`, body);
    expect(found).toMatchObject([{ loc: ['body', field], msg: expect.stringMatching(A_REASON) }]);
  });

  test.each([
    ['no event type', { payload: {} }, 'eventType'],
    ['a payload that is no object', { ...message, payload: 'text' }, 'payload'],
    ['a delivery that is past', { ...message, deliverAt: inDays(-1) }, 'deliverAt'],
    ['a delivery in 31 days', { ...message, deliverAt: inDays(31) }, 'deliverAt'],
    ['a delivery on 30 February', { ...message, deliverAt: '2027-02-30T00:00:00Z' }, 'deliverAt'],
    ['a delivery tomorrow', { ...message, deliverAt: 'tomorrow' }, 'deliverAt'],
    ['21 tags', { ...message, tags: Array(21).fill('a') }, 'tags'],
    ['six channels', { ...message, channels: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'channels'],
    ['a retention of four days', { ...message, payloadRetentionPeriod: 4 }, 'payloadRetentionPeriod'],
    ['an event id with a slash', { ...message, eventId: 'a/b' }, 'eventId'],
  ])('%s', async (_title, body, field) => {
    const found = await problems('POST', '/msg', body);
    expect(found).toMatchObject([{ loc: ['body', field], msg: expect.stringMatching(A_REASON) }]);
  });

  test('and nothing of it is there afterwards', async () => {
    expect((await tenant.svix.endpoint.list(appId)).data.map(({ id }) => id)).toEqual([endpointId]);
    expect((await tenant.svix.message.list(appId)).data).toEqual([]);
  });
});
