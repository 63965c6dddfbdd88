import { jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { MessageAttemptOut } from 'svix';
import {
  bucket,
  headersOf,
  messagesOf,
  newBus,
  newQueue,
  newStream,
  newTopic,
  OTHER_ACCOUNT,
  removeMessage,
  untilMessage,
  untilObject,
  untilRecord,
} from './aws-accounts.ts';
import { newFunction } from './aws-function.ts';
import { newRole, trustInstead } from './aws-roles.ts';
import { newApplication, newEndpoint, untilReceived, useReceiver } from './delivery-target.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, refusalOf, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

const unique = (): string => crypto.randomUUID().slice(0, 8);
const payload = { invoice: 'R-1', amount: '79.90', note: 'Grüße' };
const post = (appId: string) => tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload });

/** An endpoint of an application of its own that leads to an ARN. */
const newDestination = async (url: string, appId?: string) => {
  const application = appId ?? (await newApplication(tenant));
  const endpoint = await tenant.svix.endpoint.create(application, { url });
  const { key: secret } = await tenant.svix.endpoint.getSecret(application, endpoint.id);
  return { appId: application, endpointId: endpoint.id, url: endpoint.url, secret };
};

const untilAttempts = (appId: string, id: string, isEnough: (attempts: MessageAttemptOut[]) => boolean) =>
  eventually(`attempts of ${id}`, async () => {
    const { data } = await tenant.svix.messageAttempt.listByMsg(appId, id, { withContent: true });
    return isEnough(data) ? data : undefined;
  });
const any = (attempts: readonly MessageAttemptOut[]): boolean => attempts.length > 0;

const verified = (secret: string, body: string, headers: Record<string, string>) => {
  expect(new Webhook(secret).verify(body, headers)).toEqual(payload);
  expect(headers['webhook-event-type']).toBe('invoice.paid');
};

describe('a message for a destination that needs no role', () => {
  test('reaches a queue with attributes that verify it, and its attempt is told', async () => {
    const queue = await newQueue(`allowed-${unique()}`);
    const { appId, endpointId, secret } = await newDestination(queue.arn);
    const { id } = await post(appId);
    const received = await untilMessage(queue);
    verified(secret, received.Body ?? '', headersOf(received));
    expect(headersOf(received)['webhook-id']).toBe(id);
    const attempts = await untilAttempts(appId, id, any);
    expect(attempts).toMatchObject([{ endpointId, status: 0, responseStatusCode: 200, url: queue.arn }]);
    expect(attempts[0]?.response).toBe(`SQS message ${received.MessageId}`);
  });

  test('reaches a FIFO queue in the group of its application, once', async () => {
    const queue = await newQueue(`allowed-${unique()}.fifo`);
    const { appId } = await newDestination(queue.arn);
    const { id } = await post(appId);
    expect((await untilMessage(queue)).Attributes).toMatchObject({
      MessageGroupId: appId,
      MessageDeduplicationId: id,
    });
  });

  test('reaches a FIFO queue once more when it is asked for, though the queue drops repeats', async () => {
    const queue = await newQueue(`allowed-${unique()}.fifo`);
    const { appId, endpointId } = await newDestination(queue.arn);
    const { id } = await post(appId);
    const first = await untilMessage(queue);
    await removeMessage(queue, first);
    await tenant.svix.messageAttempt.resend(appId, id, endpointId);
    const second = await untilMessage(queue);
    expect(headersOf(second)['webhook-id']).toBe(id);
    expect(second.Attributes?.MessageDeduplicationId).not.toBe(first.Attributes?.MessageDeduplicationId);
  });

  test('reaches a topic, whose subscribers get body and attributes', async () => {
    const topic = await newTopic(`allowed-${unique()}`);
    const { appId, secret } = await newDestination(topic.arn);
    await post(appId);
    const received = await untilMessage(topic.queue);
    verified(secret, received.Body ?? '', headersOf(received));
  });

  test('reaches a bus, whose rules match its event type and see its payload', async () => {
    const bus = await newBus(`allowed-${unique()}`, 'invoice.paid');
    const { appId } = await newDestination(bus.arn);
    const { id } = await post(appId);
    const event = JSON.parse((await untilMessage(bus.queue)).Body ?? '');
    expect(event).toMatchObject({ source: 'fanfare', 'detail-type': 'invoice.paid', detail: payload, resources: [id] });
  });

  test('reaches a stream in an envelope that verifies', async () => {
    const stream = await newStream(`allowed-${unique()}`);
    const { appId, secret } = await newDestination(stream.arn);
    await post(appId);
    const { headers, body } = JSON.parse(await untilRecord(stream.arn));
    verified(secret, body, headers);
  });

  test('reaches a bucket, as an object that is named after it', async () => {
    await bucket('allowed-destinations');
    const prefix = `in/${unique()}`;
    const { appId, secret } = await newDestination(`arn:aws:s3:::allowed-destinations/${prefix}/`);
    const { id } = await post(appId);
    const object = await untilObject('allowed-destinations', prefix);
    expect(object.key).toMatch(new RegExp(`^${prefix}/\\d{4}/\\d\\d/\\d\\d/${id}\\.json$`));
    expect(object.type).toBe('application/json');
    verified(secret, object.body, object.metadata);
  });

  test('reaches a function, asynchronously, in an envelope that verifies', async () => {
    const { arn, failures } = await newFunction(`allowed-${unique()}`);
    const { appId, secret } = await newDestination(arn);
    const { id } = await post(appId);
    const { requestPayload } = JSON.parse((await untilMessage(failures)).Body ?? '');
    verified(secret, requestPayload.body, requestPayload.headers);
    expect(await untilAttempts(appId, id, any)).toMatchObject([{ status: 0, responseStatusCode: 202 }]);
  });

  test('reaches a queue and a webhook alike, when an application has both', async () => {
    const queue = await newQueue(`allowed-${unique()}`);
    const { appId } = await newDestination(queue.arn);
    const webhook = await newEndpoint(tenant, appId);
    const { id } = await post(appId);
    const [[request], received] = await Promise.all([untilReceived(webhook, 1), untilMessage(queue)]);
    expect([request?.headers['webhook-id'], headersOf(received)['webhook-id']]).toEqual([id, id]);
    expect(request?.body.toString('utf8')).toBe(received.Body);
    const attempts = await untilAttempts(appId, id, (all) => all.length === 2);
    expect(attempts.map(({ status }) => status)).toEqual([0, 0]);
  });

  test('is told as failed when the service would not take it for its size, and is not tried again', async () => {
    const topic = await newTopic(`allowed-${unique()}`);
    const { appId } = await newDestination(topic.arn);
    const large = { text: 'x'.repeat(256 * 1024 - 50) };
    const { id } = await tenant.svix.message.create(appId, { eventType: 'invoice.paid', payload: large });
    const [attempt] = await untilAttempts(appId, id, any);
    expect(attempt).toMatchObject({ status: 2, responseStatusCode: 0 });
    expect(attempt?.response).toMatch(/^the message has \d+ bytes, and sns takes 262144$/);
  });
});

describe('a destination in another account', () => {
  const newTarget = async (trustOf: (externalId: string) => Parameters<typeof newRole>[2]) => {
    const name = `FanfareDestination-${unique()}`;
    const queue = await newQueue(`orders-${unique()}`, OTHER_ACCOUNT);
    const made = await newDestination(`${queue.arn}?role=arn:aws:iam::${OTHER_ACCOUNT}:role/${name}`);
    const externalId = /externalId=(.+)$/.exec(made.url)?.[1] ?? '';
    const role = await newRole(name, queue.arn, trustOf(externalId));
    return { ...made, name, queue, role, externalId };
  };

  test('is reached through a role that trusts the external id which the endpoint shows', async () => {
    const { appId, queue, secret, externalId } = await newTarget((id) => ({ externalId: id }));
    expect(externalId).toBe(`${tenant.orgId}/${appId}`);
    await post(appId);
    const received = await untilMessage(queue);
    verified(secret, received.Body ?? '', headersOf(received));
  });

  test('is not reached by another application, though it knows the role', async () => {
    const { url, queue, appId } = await newTarget((id) => ({ externalId: id }));
    await post(appId);
    await untilMessage(queue);

    const thief = await newApplication(tenant);
    const refusal = await refusalOf(tenant.svix.endpoint.create(thief, { url }));
    expect(refusal).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'url'] }] } });
    await newDestination(url.replace(/&externalId=.+$/, ''), thief);
    const { id } = await post(thief);
    const [attempt] = await untilAttempts(thief, id, any);
    expect(attempt).toMatchObject({ status: 2, responseStatusCode: 403 });
    expect(attempt?.response).toMatch(/^the role could not be assumed/);
    expect(attempt?.response).not.toMatch(/arn:|\d{12}/);
    const ids = (await messagesOf(queue)).map((message) => headersOf(message)['webhook-id']);
    expect(ids).not.toContain(id);
  });

  test('is tried again as the schedule says, until its role lets us in', async () => {
    const { appId, queue, name, externalId } = await newTarget(() => ({ account: '999999999999', externalId: 'none' }));
    const { id } = await post(appId);
    await untilAttempts(appId, id, any);
    await trustInstead(name, { externalId });
    expect(headersOf(await untilMessage(queue))['webhook-id']).toBe(id);
    const attempts = await untilAttempts(appId, id, ([latest]) => latest?.status === 0);
    expect(attempts.at(-1)).toMatchObject({ responseStatusCode: 403 });
  });

  test('is not delivered to through a role that asks for no external id, which everybody could use', async () => {
    const { appId, queue } = await newTarget(() => ({}));
    const { id } = await post(appId);
    const [attempt] = await untilAttempts(appId, id, any);
    expect(attempt?.response).toMatch(/any external id/);
    expect(await messagesOf(queue)).toEqual([]);
  });
});

test.each([
  ["a lane of Fanfare's own", 'arn:aws:sqs:us-east-1:000000000000:fanfare-local-webhook'],
  ['a queue that nobody has allowed', 'arn:aws:sqs:us-east-1:000000000000:orders'],
  ['a bucket without a prefix', 'arn:aws:s3:::allowed-destinations'],
  ['a role by another name', 'arn:aws:sqs:us-east-1:000000000000:orders?role=arn:aws:iam::000000000000:role/Admin'],
])('%s is refused as a destination, with the field and the reason', async (_title, url) => {
  const refusal = await refusalOf(newDestination(url));
  expect(refusal).toMatchObject({ status: 422 });
  expect(refusal.body).toMatchObject({ detail: [{ loc: ['body', 'url'], msg: expect.stringMatching(/^must /) }] });
});
