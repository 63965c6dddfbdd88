import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import { newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

const SIX_DAYS_MS = 6 * 24 * 60 * 60 * 1000;

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const send = ({ appId }: Target) => tenant.svix.message.create(appId, { eventType: 'a', payload: {} });
const isDisabled = async ({ appId, endpointId }: Target): Promise<boolean> =>
  (await tenant.svix.endpoint.get(appId, endpointId)).disabled === true;
const untilDisabled = (target: Target) =>
  eventually('the endpoint disabled', async () => ((await isDisabled(target)) ? true : undefined));

/** What delivery keeps about the endpoint, read or changed in its own item. */
const health = async ({ appId, endpointId }: Target, failingSince?: number): Promise<Record<string, unknown>> => {
  const { Attributes = {} } = await testTableClient().send(
    new UpdateCommand({
      TableName: await contractValue('table/name'),
      Key: endpointKey({ orgId: tenant.orgId, appId, endpointId }),
      ReturnValues: 'ALL_NEW',
      ...(failingSince === undefined
        ? {}
        : { UpdateExpression: 'SET failingSince = :at', ExpressionAttributeValues: { ':at': failingSince } }),
    }),
  );
  return Attributes;
};

describe('an endpoint', () => {
  test('that answers 410 is disabled at once, and gets nothing more until its owner enables it', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [410] });
    await send(target);
    await untilDisabled(target);
    expect(await health(target)).toMatchObject({ disabledReason: 'gone' });
    await send(target);
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(1);

    receiver().behave(target.path, { kind: 'answer', statuses: [200] });
    await tenant.svix.endpoint.patch(target.appId, target.endpointId, { disabled: false });
    await send(target);
    await untilReceived(target, 2);
    expect(await isDisabled(target)).toBe(false);
    expect(await health(target)).not.toHaveProperty('disabledReason');
  });

  test('that asks for it in an answer is disabled, also where it took the message', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [200], headers: { 'webhook-delivery': 'disable' } });
    await send(target);
    await untilDisabled(target);
    expect(await health(target)).toMatchObject({ disabledReason: 'asked' });
  });

  test('that wants no more of a message gets no more of it, and gets the next one', async () => {
    const target = await newTarget(tenant);
    const headers = { 'webhook-delivery': 'abort-message' };
    receiver().behave(target.path, { kind: 'answer', statuses: [500], headers });
    await send(target);
    await untilReceived(target, 1);
    await untilLaneIsEmpty();
    expect(receivedBy(target)).toHaveLength(1);
    await send(target);
    await untilReceived(target, 2);
    expect(await isDisabled(target)).toBe(false);
  });

  test('whose attempts have all failed for five days is disabled', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [500] });
    await send(target);
    await eventually('the failure noted', async () => ((await health(target)).failingSince ? true : undefined));
    await untilLaneIsEmpty();
    expect(await isDisabled(target)).toBe(false);
    await health(target, Date.now() - SIX_DAYS_MS);
    await send(target);
    await untilDisabled(target);
    expect(await health(target)).toMatchObject({ disabledReason: 'failing' });
  });

  test('that answers once in five days stays enabled, and its failures count anew', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 200] });
    await health(target, Date.now() - SIX_DAYS_MS + 24 * 60 * 60 * 1000 + 600_000);
    await send(target);
    await untilReceived(target, 2);
    await untilLaneIsEmpty();
    expect(await isDisabled(target)).toBe(false);
    expect(await health(target)).not.toHaveProperty('failingSince');
  });
});
