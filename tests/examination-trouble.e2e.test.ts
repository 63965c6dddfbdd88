import { jest } from '@jest/globals';
import { newTarget, receivedBy, type Target, useReceiver } from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { type TroubledFunction, troubled } from './faults.ts';
import { call, newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const pathOf = ({ appId, endpointId }: Target): string => `/api/v1/app/${appId}/endpoint/${endpointId}`;
const examined = (target: Target) => call('POST', `${pathOf(target)}/test`, { token: tenant.token });

describe('an examination', () => {
  let steps: TroubledFunction;
  beforeAll(async () => {
    steps = await troubled('examine-endpoint');
  });
  afterEach(() => steps.calm());
  afterAll(() => steps.giveBack());

  test('whose reads are throttled for a moment comes to its end', async () => {
    const target = await newTarget(tenant);
    const throttled = steps.meet({
      ...{ operation: 'GetItem', about: target.endpointId, fault: { kind: 'throttled' }, times: 2 },
    });
    expect(await examined(target)).toMatchObject({ status: 200, body: { ok: true } });
    expect(throttled()).toBe(2);
  });

  test('whose function is killed in a step is a fault of ours, keeps nothing, and the next one is as ever', async () => {
    const target = await newTarget(tenant);
    const kills = steps.meet({
      ...{ operation: 'GetItem', about: target.endpointId, fault: { kind: 'killed-before' }, times: 1 },
    });
    expect((await examined(target)).status).toBeGreaterThanOrEqual(500);
    expect(kills()).toBe(1);
    expect(await examined(target)).toMatchObject({ status: 200, body: { ok: true } });
    expect(receivedBy(target)).toHaveLength(1);
    expect((await tenant.svix.messageAttempt.listByEndpoint(target.appId, target.endpointId)).data).toEqual([]);
  });

  test('of an endpoint that never answers is told so while its caller still waits', async () => {
    const target = await newTarget(tenant);
    receiver().behave(target.path, { kind: 'hang' });
    const { status, body } = await examined(target);
    expect(status).toBe(200);
    const { ok, steps: taken } = body as { ok: boolean; steps: { step: string; ok: boolean }[] };
    expect([ok, ...taken.map((one) => [one.step, one.ok])]).toEqual([
      ...[false, ['resolve', true], ['connect', true], ['send', false]],
    ]);
  });
});

describe('what is found of a new endpoint', () => {
  let activation: TroubledFunction;
  beforeAll(async () => {
    activation = await troubled('activate-endpoint');
  });
  afterEach(() => activation.calm());
  afterAll(() => activation.giveBack());

  test.each([
    ['throttled', 'GetItem', 2],
    ['throttled', 'UpdateItem', 2],
    ['reset-after', 'UpdateItem', 1],
  ] as const)('stands there although its calls were %s: %s', async (kind, operation, times) => {
    const met = activation.meet({ operation, about: tenant.orgId, fault: { kind }, times });
    const target = await newTarget(tenant);
    const found = await eventually('what was found', async () => {
      const { body } = await call('GET', pathOf(target), { token: tenant.token });
      return (body as { activation: { outcome: string } | null }).activation ?? undefined;
    });
    expect(found).toMatchObject({ outcome: 'reachable' });
    expect(met()).toBe(times);
  });
});
