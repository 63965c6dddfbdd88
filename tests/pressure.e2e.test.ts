import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { parkPartition } from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import {
  idsOf,
  newApplication,
  newEndpoint,
  receivedBy,
  type Target,
  untilReceived,
  useReceiver,
} from './delivery-target.ts';
import { contractValue, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(3 * PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const post = async (appId: string, count: number): Promise<readonly string[]> => {
  const made = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: { n } }),
    ),
  );
  return made.map(({ id }) => id);
};

const parkedFor = async ({ appId, endpointId }: Target): Promise<number> => {
  const { Count = 0 } = await testTableClient().send(
    new QueryCommand({
      TableName: await contractValue('table/name'),
      KeyConditionExpression: 'PK = :pk',
      ExpressionAttributeValues: { ':pk': parkPartition({ orgId: tenant.orgId, appId, endpointId }) },
      ConsistentRead: true,
      Select: 'COUNT',
    }),
  );
  return Count;
};

const untilParked = (target: Target, count: number): Promise<number> =>
  eventually(`${count} parked tasks`, async () => {
    const parked = await parkedFor(target);
    return parked >= count ? parked : undefined;
  });

/** Everything was received at least once, and each as the message that it is. */
const untilAllReceived = (target: Target, ids: readonly string[]): Promise<true> =>
  eventually(`all ${ids.length} messages`, () => {
    const seen = new Set(idsOf(receivedBy(target).filter(({ status }) => status === 200)));
    return ids.every((id) => seen.has(id)) ? true : undefined;
  });

describe('an endpoint that is dead', () => {
  test('delays nobody beside it, is left alone after a few attempts, and gets everything once it answers', async () => {
    const appId = await newApplication(tenant);
    const [dead, quick] = [await newEndpoint(tenant, appId), await newEndpoint(tenant, appId)];
    receiver().behave(dead.path, { kind: 'answer', statuses: [503] });
    const first = await post(appId, 20);
    await untilReceived(quick, 20);
    await untilParked(dead, 1);

    const attempted = receivedBy(dead).length;
    const second = await post(appId, 20);
    await untilReceived(quick, 40);
    expect(new Set(idsOf(receivedBy(quick)))).toEqual(new Set([...first, ...second]));
    await untilParked(dead, 20);
    // Probes alone, of which there is one at a time, and what was under way.
    expect(receivedBy(dead).length - attempted).toBeLessThan(15);

    receiver().behave(dead.path, { kind: 'answer', statuses: [200] });
    await untilAllReceived(dead, [...first, ...second]);
    await eventually('an empty park', async () => ((await parkedFor(dead)) === 0 ? true : undefined));
  });
});
