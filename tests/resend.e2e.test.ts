import { jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
  idsOf,
  newEndpoint,
  newTarget,
  receivedBy,
  type Target,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, refusalOf, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

/** The local stage's event type whose retries are an hour away. */
const RETRIED_LATER = 'test.retried-later';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const send = async ({ appId }: Target, eventType = 'a'): Promise<string> =>
  (await tenant.svix.message.create(appId, { eventType, payload: { x: 1 } })).id;
const resend = ({ appId, endpointId }: Target, messageId: string, idempotencyKey?: string) =>
  tenant.svix.messageAttempt.resend(
    appId,
    messageId,
    endpointId,
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
const attempts = async ({ appId }: Target, messageId: string) =>
  (await tenant.svix.messageAttempt.listByMsg(appId, messageId)).data;
const untilAttempted = (target: Target, messageId: string, count: number) =>
  eventually(`${count} attempts`, async () => {
    const found = await attempts(target, messageId);
    return found.length >= count ? found : undefined;
  });
const nextAttempt = async ({ appId }: Target, messageId: string) =>
  (await tenant.svix.messageAttempt.listAttemptedDestinations(appId, messageId)).data[0]?.nextAttempt;

describe('a message that is sent again by hand', () => {
  test('arrives with the same id and body, and is told as a manual attempt', async () => {
    const target = await newTarget(tenant);
    const id = await send(target);
    await untilReceived(target, 1);
    await resend(target, id);
    const requests = await untilReceived(target, 2);
    expect(idsOf(requests)).toEqual([id, id]);
    for (const { body, headers } of requests) new Webhook(target.secret).verify(body, { ...headers });
    expect(requests[1]?.body).toEqual(requests[0]?.body);
    const found = await untilAttempted(target, id, 2);
    expect(found.map(({ triggerType }) => triggerType)).toEqual([1, 0]);
  });

  test('leaves the automatic retries alone, and is not retried itself', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    const id = await send(target, RETRIED_LATER);
    await untilAttempted(target, id, 1);
    const before = await nextAttempt(target, id);
    expect(before).toBeInstanceOf(Date);
    await resend(target, id);
    await untilAttempted(target, id, 2);
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(2);
    expect(await nextAttempt(target, id)).toEqual(before);
  });

  test('goes out once however often the call is repeated with its idempotency key', async () => {
    const target = await newTarget(tenant);
    const id = await send(target);
    await untilAttempted(target, id, 1);
    await resend(target, id, 'again-1');
    await untilAttempted(target, id, 2);
    await resend(target, id, 'again-1');
    await untilLaneIsEmpty();
    expect(await attempts(target, id)).toHaveLength(2);
    await resend(target, id, 'again-2');
    await untilAttempted(target, id, 3);
  });

  test('goes to an endpoint that it was not for', async () => {
    const { appId } = await newTarget(tenant);
    const other = await newEndpoint(tenant, appId, { eventTypes: ['nothing.like.it'] });
    const id = await send(other);
    await resend(other, id);
    expect(idsOf(await untilReceived(other, 1))).toEqual([id]);
  });

  test('that does not exist, or to an endpoint that does not, is refused', async () => {
    const target = await newTarget(tenant);
    const id = await send(target);
    const nobody = { ...target, endpointId: 'ep_2mVZKCbC3dEfGhIjKlMnOpQrStU' };
    expect(await refusalOf(resend(nobody, id))).toMatchObject({ status: 404 });
    const nothing = 'msg_2mVZKBbC3dEfGhIjKlMnOpQrStU';
    expect(await refusalOf(resend(target, nothing))).toMatchObject({ status: 404 });
    const stranger = await newTenant();
    const theft = stranger.svix.messageAttempt.resend(target.appId, id, target.endpointId);
    expect(await refusalOf(theft)).toMatchObject({ status: 404 });
  });
});
