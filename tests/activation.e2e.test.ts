import { createServer } from 'node:net';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { endpointKey } from '@fanfare/core/keys';
import type { DomainEvent } from '@fanfare/events/domain-event';
import { jest } from '@jest/globals';
import {
  closeEverything,
  expiredEndpoint,
  listen,
  secureEndpoint,
} from '../services/delivery/src/adapters/sender-endpoints.fake.ts';
import { newApplication, newEndpoint, newTarget, receivedBy, type Target, useReceiver } from './delivery-target.ts';
import { untilAnnounced, useSubscription } from './domain-events.ts';
import { clientOptions, contractValue, environmentUnderTest, testTableClient } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { opsJson } from './ops-command.ts';
import { call, newTenant, type Tenant } from './tenant.ts';
import { messagesIn } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});
const subscription = useSubscription(() => tenant.orgId);
afterEach(closeEverything);

type Activation = {
  readonly outcome: string;
  readonly detail: string;
  readonly examinedAt: string;
  readonly certificate: { readonly issuer: string; readonly expiresAt: string } | null;
};
type Place = Pick<Target, 'appId' | 'endpointId'>;

const lambda = () => new LambdaClient(clientOptions());
const functionName = () => `fanfare-${environmentUnderTest().stage}-activate-endpoint`;
/** The official client libraries leave out fields that they do not know. */
const activationOf = async ({ appId, endpointId }: Place): Promise<Activation | null> => {
  const { body } = await call('GET', `/api/v1/app/${appId}/endpoint/${endpointId}`, { token: tenant.token });
  return (body as { activation: Activation | null }).activation;
};
const untilActivated = (place: Place, isIt: (found: Activation) => boolean = () => true): Promise<Activation> =>
  eventually('what was found of the endpoint', async () => {
    const found = await activationOf(place);
    return found !== null && isIt(found) ? found : undefined;
  });
const at = async (url: string): Promise<Place> => newEndpoint(tenant, await newApplication(tenant), { url });
const announcementOf = async ({ endpointId }: Place): Promise<DomainEvent> => {
  const isIt = (event: DomainEvent) => event.type === 'endpoint.created' && event.data.endpointId === endpointId;
  const events = await untilAnnounced(subscription(), 'endpoint.created', isIt);
  return events.find(isIt) as DomainEvent;
};
const asEvent = (detail: DomainEvent) => ({ source: 'fanfare', 'detail-type': detail.type, detail });
/** Calls the function and waits for it, which the bus does not. */
const callWith = async (event: unknown): Promise<string | undefined> =>
  (
    await lambda().send(
      new InvokeCommand({ FunctionName: functionName(), Qualifier: 'live', Payload: JSON.stringify(event) }),
    )
  ).FunctionError;

describe('a new endpoint is looked at without being asked', () => {
  test('and shown as reachable where somebody listens; nothing is sent there', async () => {
    const target = await newTarget(tenant);
    expect(await untilActivated(target)).toMatchObject({ outcome: 'reachable', certificate: null });
    expect(receivedBy(target)).toEqual([]);
  });

  test('and where nobody listens it is shown why, and stays enabled', async () => {
    const place = await at('http://127.0.0.1:1/in');
    expect(await untilActivated(place)).toMatchObject({ outcome: 'unreachable', detail: 'the connection was refused' });
    expect((await tenant.svix.endpoint.get(place.appId, place.endpointId)).disabled).toBe(false);
  });

  test('and a certificate that nobody trusts, or that is over, is shown with its issuer and its end', async () => {
    const [own, over] = [await secureEndpoint(() => undefined), await expiredEndpoint(() => undefined)];
    expect(await untilActivated(await at(`https://127.0.0.1:${own}/`))).toMatchObject({
      outcome: 'unreachable',
      detail: 'the certificate is signed by itself',
      certificate: { issuer: 'hooks.example.test', expiresAt: '2126-10-30T23:33:31.000Z' },
    });
    expect(await untilActivated(await at(`https://127.0.0.1:${over}/`))).toMatchObject({
      outcome: 'unreachable',
      certificate: { expiresAt: '2021-01-01T00:00:00.000Z' },
    });
  });

  test('and again when it gets another URL, and for nothing else', async () => {
    const place = await at('http://127.0.0.1:1/in');
    const { examinedAt } = await untilActivated(place);
    await tenant.svix.endpoint.patch(place.appId, place.endpointId, { description: 'renamed' });
    const port = await listen(createServer());
    await tenant.svix.endpoint.patch(place.appId, place.endpointId, { url: `http://127.0.0.1:${port}/in` });
    const found = await untilActivated(place, ({ outcome }) => outcome === 'reachable');
    expect(Date.parse(found.examinedAt)).toBeGreaterThan(Date.parse(examinedAt));
  });

  test('but a resource of AWS is not, and that is said', async () => {
    const place = await at('arn:aws:sqs:us-east-1:000000000000:allowed-activation');
    expect(await untilActivated(place)).toMatchObject({ outcome: 'skipped', certificate: null });
  });
});

describe('an announcement', () => {
  test('that the bus delivers twice changes nothing', async () => {
    const target = await newTarget(tenant);
    const found = await untilActivated(target);
    const detail = await announcementOf(target);
    await new EventBridgeClient(clientOptions()).send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: await contractValue('bus/name'),
            Source: 'fanfare',
            DetailType: detail.type,
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    );
    await expect(callWith(asEvent(detail))).resolves.toBeUndefined();
    expect(await activationOf(target)).toEqual(found);
  });

  test('of an endpoint that was deleted meanwhile, or whose application was, leaves nothing', async () => {
    const [one, other] = [await newTarget(tenant), await newTarget(tenant)];
    for (const place of [one, other]) await untilActivated(place);
    const details = [await announcementOf(one), await announcementOf(other)];
    await tenant.svix.endpoint.delete(one.appId, one.endpointId);
    await tenant.svix.application.delete(other.appId);
    const before = [await itemOf(one), await itemOf(other)];
    for (const detail of details) {
      const later = { ...detail, timestamp: new Date().toISOString() } as DomainEvent;
      await expect(callWith(asEvent(later))).resolves.toBeUndefined();
    }
    expect([await itemOf(one), await itemOf(other)]).toEqual(before);
  });
});

describe('a call that fails', () => {
  test('is kept when its retry is over, shown without its content, and done when it is redriven after the repair', async () => {
    const queue = await contractValue('queue/activate-endpoint-failures/url');
    const configured = await lambda().send(
      new GetFunctionEventInvokeConfigCommand({ FunctionName: functionName(), Qualifier: 'live' }),
    );
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = configured;
    expect({ MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig }).toMatchObject({
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: await contractValue('queue/activate-endpoint-failures/arn') } },
    });
    // The emulator goes by what the function has and not by what its alias has: docs/emulator.md
    await lambda().send(
      new PutFunctionEventInvokeConfigCommand({
        ...{ FunctionName: functionName(), MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig },
      }),
    );
    const target = await newTarget(tenant);
    await untilActivated(target);
    const detail = await announcementOf(target);
    const { secrets } = await itemOf(target);
    await change(target, { secrets: 'none' });
    const later = { ...detail, timestamp: new Date().toISOString() } as DomainEvent;
    await lambda().send(
      new InvokeCommand({
        ...{ FunctionName: functionName(), InvocationType: 'Event', Payload: JSON.stringify(asEvent(later)) },
      }),
    );
    await eventually('the failed call', async () => ((await messagesIn(queue)) > 0 ? true : undefined));
    const [shown] = await opsJson<{ body: object }[]>('dlq', 'show', 'activate-endpoint-failures');
    expect(shown?.body).toMatchObject({ kind: 'failed-call', event: `endpoint.created ${detail.id}` });
    const stores = await opsJson<{ name: string }[]>('dlq', 'list');
    expect(stores).toContainEqual(
      expect.objectContaining({ name: 'activate-endpoint-failures', kind: 'failed-calls', readBy: [functionName()] }),
    );

    await change(target, { secrets });
    const report = await opsJson('dlq', 'redrive', 'activate-endpoint-failures');
    expect(report).toMatchObject({ there: 1, done: 1, failed: [] });
    await eventually('the finding of the call that is made again', async () => {
      const found = await activationOf(target);
      return Date.parse(found?.examinedAt ?? '') >= Date.parse(later.timestamp) ? true : undefined;
    });
    expect(await messagesIn(queue)).toBe(0);
  });
});

const itemOf = async ({ appId, endpointId }: Place): Promise<Record<string, unknown>> => {
  const { Item = {} } = await testTableClient().send(
    new GetCommand({
      TableName: await contractValue('table/name'),
      Key: endpointKey({ orgId: tenant.orgId, appId, endpointId }),
      ConsistentRead: true,
    }),
  );
  return Item;
};

/** Writes the endpoint's secrets as somebody would whom this version does not understand. */
const change = async ({ appId, endpointId }: Place, { secrets }: { secrets: unknown }): Promise<void> =>
  void (await testTableClient().send(
    new UpdateCommand({
      TableName: await contractValue('table/name'),
      Key: endpointKey({ orgId: tenant.orgId, appId, endpointId }),
      UpdateExpression: 'SET secrets = :secrets',
      ExpressionAttributeValues: { ':secrets': secrets },
    }),
  ));
