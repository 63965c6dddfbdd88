import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { newEndpoint, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { runSweep } from './run-sweep.ts';
import { call, newTenant, refusalOf, sdk, signed, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const later = (ms: number): Date => new Date(Date.now() + ms);
const post = (appId: string, deliverAt: Date, eventId?: string) =>
  tenant.svix.message.create(appId, {
    eventType: 'reminder',
    payload: { n: 1 },
    deliverAt,
    ...(eventId && { eventId }),
  });
const cancel = (appId: string, message: string, token = tenant.token) =>
  call('POST', `/api/v1/app/${appId}/msg/${message}/cancel`, { token });

describe('a message that is to be delivered later', () => {
  test('is delivered once when its time has come, and not before', async () => {
    const target = await newTarget(tenant);
    const { id, deliverAt } = await post(target.appId, later(2_000));
    await runSweep();
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toEqual([]);
    await sleep(Math.max(0, (deliverAt?.getTime() ?? 0) - Date.now()));
    await Promise.all([runSweep(), runSweep()]);
    await untilReceived(target, 1);
    await untilLaneIsEmpty();
    expect(receivedBy(target).map(({ headers }) => headers['webhook-id'])).toEqual([id]);
    expect((await tenant.svix.message.get(target.appId, id)).deliverAt).toEqual(deliverAt);
  });

  test('goes to an endpoint that was made while it waited', async () => {
    const { appId } = await newTarget(tenant, { eventTypes: ['nothing.like.it'] });
    await post(appId, later(1_500));
    const target = await newEndpoint(tenant, appId);
    await sleep(1_500);
    await runSweep();
    await untilReceived(target, 1);
  });

  test('that was called off is never delivered, and calling it off again changes nothing', async () => {
    const target = await newTarget(tenant);
    const { deliverAt } = await post(target.appId, later(1_500), 'reminder-7');
    expect((await cancel(target.appId, 'reminder-7')).status).toBe(204);
    expect((await cancel(target.appId, 'reminder-7')).status).toBe(204);
    await sleep(Math.max(0, (deliverAt?.getTime() ?? 0) - Date.now()));
    await runSweep();
    const marker = await tenant.svix.message.create(target.appId, { eventType: 'marker', payload: {} });
    await untilReceived(target, 1);
    await untilLaneIsEmpty();
    expect(receivedBy(target).map(({ headers }) => headers['webhook-id'])).toEqual([marker.id]);
  });

  test('cannot be called off once its delivery has begun', async () => {
    const target = await newTarget(tenant);
    const { id } = await post(target.appId, later(1_000));
    await sleep(1_000);
    await eventually('the removal of its due item', async () => ((await runSweep()).sent > 0 ? true : undefined));
    await expect(cancel(target.appId, id)).resolves.toMatchObject({ status: 409, body: { code: 'delivery_started' } });
  });

  test("cannot be called off by the application's own token, nor found by another tenant", async () => {
    const target = await newTarget(tenant);
    const { id } = await post(target.appId, later(3_600_000));
    const portal = await signed({ sub: target.appId, org: tenant.orgId });
    expect((await cancel(target.appId, id, portal)).status).toBe(403);
    expect((await cancel(target.appId, id, (await newTenant()).token)).status).toBe(404);
    expect((await cancel(target.appId, id)).status).toBe(204);
  });

  test('is refused for a time that has passed or is too far away, at its field', async () => {
    const target = await newTarget(tenant);
    for (const deliverAt of [later(-60_000), later(31 * 24 * 3_600_000)]) {
      const message = { eventType: 'a', payload: {}, deliverAt };
      expect(await refusalOf(sdk(tenant.token).message.create(target.appId, message))).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['body', 'deliverAt'] }] },
      });
    }
  });
});
