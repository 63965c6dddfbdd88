import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey, parkPartition } from '@fanfare/core/keys';
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
import { clientOptions, contractValue, environmentUnderTest, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { runSweep } from './run-sweep.ts';
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

const linesOfSlowLane = async ({ endpointId }: Target): Promise<number> => {
  const { events = [] } = await new CloudWatchLogsClient(clientOptions()).send(
    new FilterLogEventsCommand({
      logGroupName: `/aws/lambda/fanfare-${environmentUnderTest().stage}-deliver-slow`,
      filterPattern: `"${endpointId}"`,
    }),
  );
  return events.filter(({ message }) => message?.includes(endpointId)).length;
};

/** Everything was received at least once, and each as the message that it is. */
const untilAllReceived = (target: Target, ids: readonly string[]): Promise<true> =>
  eventually(
    `all ${ids.length} messages`,
    () => {
      const seen = new Set(idsOf(receivedBy(target).filter(({ status }) => status === 200)));
      return ids.every((id) => seen.has(id)) ? true : undefined;
    },
    PATIENCE_MILLISECONDS,
  );

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

describe('an endpoint that is disabled', () => {
  test('gets what was under way to it once it is enabled again, and nothing before', async () => {
    const appId = await newApplication(tenant);
    const target = await newEndpoint(tenant, appId);
    receiver().behave(target.path, { kind: 'answer', statuses: [500, 500, 200] });
    const ids = await post(appId, 3);
    await untilReceived(target, 3);
    await tenant.svix.endpoint.patch(appId, target.endpointId, { disabled: true });
    await untilParked(target, 3);
    const before = receivedBy(target).length;
    await runSweep();
    expect(receivedBy(target)).toHaveLength(before);

    await tenant.svix.endpoint.patch(appId, target.endpointId, { disabled: false });
    await runSweep();
    await untilAllReceived(target, ids);
    await eventually('an empty park', async () => ((await parkedFor(target)) === 0 ? true : undefined));
  });
});

describe('an endpoint with a rate', () => {
  test('gets no more than that, and everything in the end, while one beside it waits for nothing', async () => {
    const appId = await newApplication(tenant);
    const [limited, quick] = [await newEndpoint(tenant, appId, { throttleRate: 2 }), await newEndpoint(tenant, appId)];
    const ids = await post(appId, 16);
    await untilReceived(quick, 16);
    const [, , early] = receivedBy(limited).map(({ receivedAtMs }) => receivedAtMs);
    expect(receivedBy(limited).length).toBeLessThan(16);
    await untilAllReceived(limited, ids);
    const times = receivedBy(limited).map(({ receivedAtMs }) => receivedAtMs);
    expect(times).toHaveLength(16);
    // 15 intervals of half a second; what a queue is late by is late for all.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(6_500);
    expect(early ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual((times[0] ?? 0) + 500);
    const attempts = await tenant.svix.messageAttempt.listByEndpoint(appId, limited.endpointId, { limit: 50 });
    expect(attempts.data).toHaveLength(16);
  });
});

describe('an endpoint that takes long to answer', () => {
  test('is served by a lane of its own, and nobody beside it waits', async () => {
    const appId = await newApplication(tenant);
    const [slow, quick] = [await newEndpoint(tenant, appId), await newEndpoint(tenant, appId)];
    receiver().behave(slow.path, { kind: 'answer', statuses: [200], delayMilliseconds: 2_500 });
    const first = await post(appId, 12);
    await untilAllReceived(slow, first);
    await eventually('the mark of a slow endpoint', async () => {
      const { Item } = await testTableClient().send(
        new GetCommand({
          TableName: await contractValue('table/name'),
          Key: endpointKey({ orgId: tenant.orgId, appId, endpointId: slow.endpointId }),
          ConsistentRead: true,
        }),
      );
      return typeof Item?.slowSince === 'number' ? true : undefined;
    });
    const second = await post(appId, 6);
    await untilReceived(quick, 18);
    await untilAllReceived(slow, second);
    await eventually('a line of the slow lane', async () => ((await linesOfSlowLane(slow)) > 0 ? true : undefined));
    expect(await linesOfSlowLane(quick)).toBe(0);
  });
});
