import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { type ApplicationRef, messageKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import { newApplication, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { call, newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

type Item = { readonly index: number; readonly status: number; readonly id?: string; readonly error?: unknown };
type Body = { readonly accepted: number; readonly notAccepted: number; readonly data: readonly Item[] };

const postBatch = async (appId: string, text: string, headers: Readonly<Record<string, string>> = {}) => {
  const { status, body } = await call('POST', `/api/v1/app/${appId}/msg/batch`, { token: tenant.token, text, headers });
  return { status, body: body as Body };
};

const message = (number: number): string => `{"eventType":"a","payload":{"number":${number}, "price":1.50}}`;
const messages = (count: number): readonly string[] => Array.from({ length: count }, (_, number) => message(number));
const storedOf = async (appId: string): Promise<readonly string[]> =>
  (await tenant.svix.message.list(appId, { limit: 250 })).data.map(({ id }) => id).reverse();

describe('a batch of messages', () => {
  test('is accepted in one call and each of it is delivered, byte for byte', async () => {
    const target = await newTarget(tenant);
    const { status, body } = await postBatch(target.appId, `[${messages(60).join(',\n')}]`);
    expect(status).toBe(202);
    const ids = body.data.map(({ id }) => id);
    expect(await storedOf(target.appId)).toEqual(ids);
    await untilReceived(target, 60);
    await untilLaneIsEmpty();
    const received = new Map(
      receivedBy(target).map((request) => [request.headers['webhook-id'], String(request.body)]),
    );
    expect(ids.map((id) => received.get(id))).toEqual(
      Array.from({ length: 60 }, (_, number) => `{"number":${number}, "price":1.50}`),
    );
  });

  test('may be JSON lines, of which the bad ones are refused alone', async () => {
    const appId = await newApplication(tenant);
    const text = [message(0), '{"eventType":"not allowed!","payload":{}}', 'no JSON', message(3)].join('\n');
    const { status, body } = await postBatch(appId, text, { 'content-type': 'application/x-ndjson' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: 2,
      notAccepted: 2,
      data: [
        { index: 0, status: 202 },
        { index: 1, status: 422, error: { detail: [{ loc: ['body', 1, 'eventType'] }] } },
        { index: 2, status: 422, error: { detail: [{ loc: ['body', 2] }] } },
        { index: 3, status: 202 },
      ],
    });
    expect(await storedOf(appId)).toEqual([body.data[0]?.id, body.data[3]?.id]);
  });

  test('that comes twice with one idempotency key, also at the same time, is one batch', async () => {
    const target = await newTarget(tenant);
    const post = () => postBatch(target.appId, `[${messages(30).join(',')}]`, { 'idempotency-key': 'batch-1' });
    const [one, other] = await Promise.all([post(), post()]);
    expect(one.status).toBe(202);
    expect(other).toEqual(one);
    expect(await post()).toEqual(one);
    await untilReceived(target, 30);
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(30);
    expect(await storedOf(target.appId)).toEqual(one.body.data.map(({ id }) => id));
  });

  test('of which a part was written when its function died is made whole by the repeat, under the same ids', async () => {
    const target = await newTarget(tenant, { eventTypes: ['nothing.like.it'] });
    const post = () => postBatch(target.appId, `[${messages(30).join(',')}]`, { 'idempotency-key': 'batch-2' });
    const { body } = await post();
    const ids = body.data.map(({ id = '' }) => id);
    await forget({ orgId: tenant.orgId, appId: target.appId }, ids.slice(10));
    expect(await storedOf(target.appId)).toEqual(ids.slice(0, 10));
    expect((await post()).body).toEqual(body);
    expect(await storedOf(target.appId)).toEqual(ids);
  });

  /** Leaves what a function leaves that died before it had written these. */
  const forget = async (ref: ApplicationRef, ids: readonly string[]): Promise<void> => {
    const TableName = await contractValue('table/name');
    const keys = ids.map((messageId) => messageKey({ ...ref, messageId }));
    await Promise.all(keys.map((Key) => testTableClient().send(new DeleteCommand({ TableName, Key }))));
  };

  test('takes an event id once, in this batch and in the next', async () => {
    const appId = await newApplication(tenant);
    const text = `[${[1, 2].map((n) => `{"eventType":"a","eventId":"order-1","payload":{"n":${n}}}`).join(',')}]`;
    const statuses = async () => (await postBatch(appId, text)).body.data.map(({ status }) => status);
    expect(await statuses()).toEqual([202, 409]);
    expect(await statuses()).toEqual([409, 409]);
  });

  test('of 500 messages and almost 4 MB is taken whole', async () => {
    const appId = await newApplication(tenant);
    const text = Array.from(
      { length: 500 },
      (_, n) => `{"eventType":"a","payload":{"n":${n},"x":"${'x'.repeat(8_300)}"}}`,
    );
    const { status, body } = await postBatch(appId, text.join('\n'), { 'content-type': 'application/x-ndjson' });
    expect({ status, accepted: body.accepted }).toEqual({ status: 202, accepted: 500 });
  });

  test("for another organisation's application is answered 404, and 413 above the limit", async () => {
    const appId = await newApplication(await newTenant());
    expect(await postBatch(appId, `[${message(1)}]`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const own = await newApplication(tenant);
    const text = messages(17).map((one) => one.replace('1.50', `"${'x'.repeat(250_000)}"`));
    expect(await postBatch(own, `[${text.join(',')}]`)).toMatchObject({ status: 413 });
    expect(await storedOf(own)).toEqual([]);
  });
});
