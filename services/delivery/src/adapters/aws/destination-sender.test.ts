import { once } from 'node:events';
import { createServer } from 'node:net';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { ACCEPTED_AT, BODY, REF, task } from '../../domain/task.fake.ts';
import { webhookRequest } from '../../domain/webhook-request.ts';
import { lazyRoles, opener, sharedSettings } from './clients.ts';
import { destinationSender } from './destination-sender.ts';

const aws = {
  sqs: mockClient(SQSClient),
  sns: mockClient(SNSClient),
  events: mockClient(EventBridgeClient),
  kinesis: mockClient(KinesisClient),
  s3: mockClient(S3Client),
  lambda: mockClient(LambdaClient),
  sts: mockClient(STSClient),
};
const ACCOUNT = '123456789012';
const QUEUE = `arn:aws:sqs:eu-west-1:${ACCOUNT}:orders`;
const ROLE = 'arn:aws:iam::210987654321:role/FanfareDestination';
const THEIRS = `arn:aws:sqs:eu-west-1:210987654321:orders?role=${ROLE}`;
const ALLOWED = ['sqs', 'sns', 'kinesis', 'lambda', 'events'].map((service) => `arn:aws:${service}:*:${ACCOUNT}:*`);

const settings = sharedSettings();
const senderWith = (more: Partial<Parameters<typeof destinationSender>[0]> = {}) =>
  destinationSender({
    rules: { partition: 'aws', stage: 'prod', allowed: [...ALLOWED, 'arn:aws:s3:::a-bucket/in/*'] },
    region: 'us-east-1',
    settings,
    opener,
    assume: lazyRoles({ ...settings, region: 'us-east-1' }),
    now: Date.now,
    ...more,
  });
const to = (url: string, send = senderWith(), given = task()) =>
  send(webhookRequest(url, given.messageId, ACCEPTED_AT, Buffer.from(BODY), [new Uint8Array(32)]), given);
const told = async (outcome: ReturnType<typeof to>) => {
  const ended = await outcome;
  return ended.kind === 'answered' ? { ...ended, body: Buffer.from(ended.body).toString() } : ended;
};
const failing = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(`User: arn:aws:iam::${ACCOUNT}:role/ours is not authorized`), {
    name,
    $metadata: { httpStatusCode },
  });
const ok = { $metadata: { httpStatusCode: 200 } };
const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const attributes = {
  'webhook-id': text(REF.messageId),
  'webhook-timestamp': text(String(ACCEPTED_AT / 1000)),
  'webhook-signature': text(expect.stringMatching(/^v1,/) as unknown as string),
  'webhook-event-type': text('invoice.paid'),
};

/** STS lets in who comes with one of these external ids. */
const trust = (...externalIds: readonly string[]): void => {
  aws.sts.on(AssumeRoleCommand).callsFake(({ ExternalId }: { readonly ExternalId: string }) => {
    if (!externalIds.includes(ExternalId)) throw failing('AccessDenied', 403);
    const keys = { AccessKeyId: `key of ${ExternalId}`, SecretAccessKey: 's', SessionToken: 't' };
    return { Credentials: { ...keys, Expiration: new Date(Date.now() + 3_600_000) } };
  });
};

beforeEach(() => {
  for (const mock of Object.values(aws)) mock.reset();
  aws.sqs.on(SendMessageCommand).resolves({ MessageId: 'm-1', ...ok });
});

describe('a message is put', () => {
  test('into a queue, by a URL that is made of the ARN', async () => {
    await expect(told(to(QUEUE))).resolves.toEqual({ kind: 'answered', status: 200, body: 'SQS message m-1' });
    expect(aws.sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
      QueueUrl: `https://sqs.eu-west-1.amazonaws.com/${ACCOUNT}/orders`,
      MessageBody: BODY,
      MessageAttributes: attributes,
    });
  });

  test('into a FIFO queue and topic with group and deduplication id', async () => {
    aws.sns.on(PublishCommand).resolves({ MessageId: 'm-2', ...ok });
    await to(`${QUEUE}.fifo`);
    await to(`arn:aws:sns:eu-west-1:${ACCOUNT}:orders.fifo`);
    const fifo = { MessageGroupId: REF.appId, MessageDeduplicationId: REF.messageId };
    expect(aws.sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toMatchObject(fifo);
    expect(aws.sns.commandCalls(PublishCommand)[0]?.args[0].input).toMatchObject(fifo);
  });

  test('into a topic', async () => {
    aws.sns.on(PublishCommand).resolves({ MessageId: 'm-2', ...ok });
    const TopicArn = `arn:aws:sns:eu-west-1:${ACCOUNT}:orders`;
    await to(TopicArn);
    const { input } = aws.sns.commandCalls(PublishCommand)[0]?.args[0] ?? {};
    expect(input).toEqual({ TopicArn, Message: BODY, MessageAttributes: attributes });
  });

  test('onto a bus, whose answer may be a failure in its text', async () => {
    const bus = `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/orders`;
    aws.events
      .on(PutEventsCommand)
      .resolvesOnce({ Entries: [{ EventId: 'e-1' }], ...ok })
      .resolves({ Entries: [{ ErrorCode: 'InternalFailure' }], ...ok });
    await expect(told(to(bus))).resolves.toMatchObject({ kind: 'answered' });
    await expect(told(to(bus))).resolves.toEqual({
      kind: 'unreachable',
      reason: 'the destination did not take the message (InternalFailure)',
    });
    const [entry] = aws.events.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({ EventBusName: bus, Detail: BODY, DetailType: 'invoice.paid', Source: 'fanfare' });
  });

  test('into a stream and a function in an envelope', async () => {
    aws.kinesis.on(PutRecordCommand).resolves({ SequenceNumber: '7', ...ok });
    aws.lambda.on(InvokeCommand).resolves({ StatusCode: 202 });
    await to(`arn:aws:kinesis:eu-west-1:${ACCOUNT}:stream/orders`);
    await expect(told(to(`arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f:live`))).resolves.toMatchObject({
      status: 202,
    });
    const record = aws.kinesis.commandCalls(PutRecordCommand)[0]?.args[0].input;
    const call = aws.lambda.commandCalls(InvokeCommand)[0]?.args[0].input;
    expect(JSON.parse(Buffer.from(record?.Data ?? []).toString())).toMatchObject({ body: BODY });
    expect(JSON.parse(String(call?.Payload))).toMatchObject({ headers: { 'webhook-id': REF.messageId }, body: BODY });
    expect(call).toMatchObject({ InvocationType: 'Event' });
  });

  test('into a bucket, under its prefix', async () => {
    aws.s3.on(PutObjectCommand).resolves(ok);
    await to('arn:aws:s3:::a-bucket/in');
    expect(aws.s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
      Bucket: 'a-bucket',
      Key: `in/2027/01/15/${REF.messageId}.json`,
      Body: BODY,
      Metadata: { 'webhook-event-type': 'invoice.paid' },
    });
  });
});

describe('through a role', () => {
  test('a message goes with the rights of the role, assumed for its application', async () => {
    trust(`${REF.orgId}/${REF.appId}`);
    await expect(told(to(THEIRS))).resolves.toMatchObject({ status: 200 });
    const client = aws.sqs.commandCalls(SendMessageCommand)[0]?.thisValue as SQSClient;
    await expect(client.config.credentials()).resolves.toMatchObject({
      accessKeyId: `key of ${REF.orgId}/${REF.appId}`,
    });
  });

  test('nothing goes for another application, whatever external id the URL says', async () => {
    trust(`${REF.orgId}/${REF.appId}`);
    const send = senderWith();
    await to(THEIRS, send);
    const url = `${THEIRS}&externalId=${REF.orgId}/${REF.appId}`;
    const thief = await told(to(url, send, task({ appId: 'app_thief' })));
    expect(thief).toMatchObject({ kind: 'answered', status: 403, body: expect.stringMatching(/could not be assumed/) });
    expect(JSON.stringify(thief)).not.toContain('arn:');
    expect(aws.sqs.commandCalls(SendMessageCommand)).toHaveLength(1);
  });

  test('nothing goes where any external id is taken', async () => {
    trust(`${REF.orgId}/${REF.appId}`, 'nobody/nobody');
    await expect(told(to(THEIRS))).resolves.toMatchObject({
      kind: 'blocked',
      reason: expect.stringMatching(/external id/),
    });
    expect(aws.sqs.calls()).toEqual([]);
  });

  test('a role is assumed once for many messages, and again when its credentials are not taken any more', async () => {
    trust(`${REF.orgId}/${REF.appId}`);
    const send = senderWith();
    await Promise.all([to(THEIRS, send), to(THEIRS, send)]);
    expect(aws.sts.commandCalls(AssumeRoleCommand)).toHaveLength(2);
    aws.sqs.reset();
    aws.sqs.on(SendMessageCommand).rejectsOnce(failing('ExpiredToken', 403)).resolves(ok);
    await expect(told(to(THEIRS, send))).resolves.toMatchObject({ status: 403 });
    await expect(told(to(THEIRS, send))).resolves.toMatchObject({ status: 200 });
    expect(aws.sts.commandCalls(AssumeRoleCommand)).toHaveLength(4);
  });
});

describe('nothing is put', () => {
  test.each([
    ['where no role leads and nothing is allowed', 'arn:aws:sqs:eu-west-1:999999999999:orders'],
    ["into a lane of Fanfare's own", `arn:aws:sqs:eu-west-1:${ACCOUNT}:fanfare-prod-webhook`],
    ['into another partition', `arn:aws-cn:sqs:cn-north-1:${ACCOUNT}:orders`],
    ['where no ARN leads', 'arn:aws:sqs'],
  ])('%s', async (_title, url) => {
    const outcome = await told(to(url));
    expect(outcome).toMatchObject({ kind: 'blocked', reason: expect.stringMatching(/^the destination must /) });
    expect(Object.values(aws).map((mock) => mock.calls().length)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('that is larger than the service takes', async () => {
    const given = task({ eventType: 'x'.repeat(256 * 1024) });
    const outcome = await told(to(`arn:aws:sns:eu-west-1:${ACCOUNT}:orders`, senderWith(), given));
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/and sns takes 262144$/) });
  });
});

describe('a call that fails', () => {
  test('is told with its status and without the names that AWS tells', async () => {
    aws.sqs.on(SendMessageCommand).rejects(failing('AccessDenied', 403));
    const outcome = await told(to(QUEUE));
    expect(outcome).toMatchObject({ status: 403, body: expect.stringMatching(/^access is denied/) });
    expect(JSON.stringify(outcome)).not.toMatch(/arn:|\d{12}/);
  });

  test('has timed out when there is no answer in time', async () => {
    aws.sqs
      .on(SendMessageCommand)
      .callsFake((_input, _getClient) => new Promise((_resolve, reject) => setTimeout(() => reject(aborted), 30)));
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    await expect(told(to(QUEUE, senderWith({ totalMs: 10 })))).resolves.toEqual({ kind: 'timed-out' });
  });

  test('because there is no such region is none of ours', async () => {
    const noRegion = Object.assign(new Error('Invalid Configuration'), { name: 'EndpointError' });
    aws.sqs.on(SendMessageCommand).rejects(noRegion);
    await expect(told(to(QUEUE))).resolves.toMatchObject({ kind: 'unreachable' });
  });

  test('for a reason that is neither of AWS nor of the network is a fault of ours', async () => {
    aws.sqs.on(SendMessageCommand).rejects(new TypeError('undefined is not a function'));
    await expect(to(QUEUE)).rejects.toThrow(TypeError);
  });
});

test('an endpoint that answers nothing is given up on, over a real socket, and leaves nothing behind', async () => {
  aws.sqs.restore();
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
  try {
    const sending = senderWith({ totalMs: 200, settings: { ...settings, maxAttempts: 1 } });
    await expect(told(to(QUEUE, sending))).resolves.toEqual({ kind: 'timed-out' });
  } finally {
    delete process.env.AWS_ENDPOINT_URL;
    server.close();
  }
});
