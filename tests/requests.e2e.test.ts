import { jest } from '@jest/globals';
import { newApplication } from './delivery-target.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
let tenant: Tenant;
let appId: string;

beforeAll(async () => {
  tenant = await newTenant();
  appId = await newApplication(tenant);
});

const post = (text: string) => call('POST', `/api/v1/app/${appId}/msg`, { token: tenant.token, text });

describe('a request', () => {
  test('for a path that there is not is answered 404 in the shape of every refusal', async () => {
    const reply = await call('GET', '/api/v1/no/such/path', { token: tenant.token });
    expect(reply).toMatchObject({ status: 404, body: { code: 'not_found', detail: expect.any(String) } });
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
  });

  test('with a method that a path does not know is answered in that shape too', async () => {
    const reply = await call('DELETE', '/api/v1/app', { token: tenant.token });
    expect(reply).toMatchObject({ status: 405, body: { code: expect.any(String), detail: expect.any(String) } });
  });

  test('with a payload above the limit is answered 413 and accepts nothing', async () => {
    const reply = await post(`{"eventType":"a","payload":{"text":"${'x'.repeat(1024 * 1024)}"}}`);
    expect(reply).toMatchObject({ status: 413, body: { code: 'payload_too_large', detail: expect.any(String) } });
    expect((await tenant.svix.message.list(appId)).data).toEqual([]);
  });

  test('with a body that breaks rules is told every problem at its field', async () => {
    const reply = await post('{"eventType":"not allowed!","channels":[]}');
    expect(reply.status).toBe(422);
    const { detail } = reply.body as { detail: { loc: string[]; msg: string; type: string }[] };
    expect(detail.map(({ loc }) => loc.slice(0, 2))).toEqual(
      expect.arrayContaining([
        ['body', 'eventType'],
        ['body', 'channels'],
      ]),
    );
  });

  test('with a body that is no JSON is answered 422', async () => {
    expect(await post('{"eventType":')).toMatchObject({ status: 422, body: { detail: [{ loc: ['body'] }] } });
  });

  test('without a token is answered 401', async () => {
    expect(await call('GET', '/api/v1/app')).toMatchObject({ status: 401, body: { code: 'authentication_failed' } });
  });
});

describe('a browser', () => {
  test('may ask with a token from any origin', async () => {
    const reply = await call('OPTIONS', `/api/v1/app/${appId}/endpoint`, {
      headers: {
        origin: 'https://portal.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect([200, 204]).toContain(reply.status);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(reply.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
  });
});
