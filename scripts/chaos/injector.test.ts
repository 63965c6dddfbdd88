import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fault, FaultPlan } from './fault-plan.ts';
import { injector } from './injector.ts';
import { startWire, type Wire } from './wire.ts';

/** AWS: keeps what it is asked and answers what it is told to. */
let aws: Server;
let asked: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
let answer: string;
let wire: Wire;
let effects: string[];
let killed: number[];

beforeEach(async () => {
  asked = [];
  answer = '{}';
  effects = [];
  killed = [];
  aws = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    asked.push({ headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(answer);
  }).listen(0, '127.0.0.1');
  await once(aws, 'listening');
  wire = await startWire({ target: { port: (aws.address() as { port: number }).port } });
});

afterEach(async () => {
  await wire.stop();
  aws.close();
  aws.closeAllConnections();
});

const workers = {
  kill: async (port: number) => {
    killed.push(port);
    return true;
  },
};

/** These faults one after the other, then none. */
const meeting = (...faults: Fault[]): void => {
  const plan: FaultPlan = () => faults.shift();
  wire.intercept(injector(plan, workers, (service, kind) => void effects.push(`${service} ${kind}`)));
};

const options = (accessKeyId = 'ASIAFUNCTION', maxAttempts = 1) => ({
  endpoint: wire.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey: 'secret' },
  maxAttempts,
});
const put = (maxAttempts = 1, accessKeyId?: string) =>
  new DynamoDBClient(options(accessKeyId, maxAttempts)).send(
    new PutItemCommand({ TableName: 't', Item: { PK: { S: 'a' } } }),
  );

describe('a call of a function', () => {
  test('goes on with its signature and its bytes as they came', async () => {
    meeting();
    await put();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers.host).toBe(new URL(wire.endpoint).host);
    expect(asked[0]?.headers.authorization).toMatch(/ASIAFUNCTION/);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ TableName: 't' });
    expect(effects).toEqual([]);
  });

  test.each<[Fault['kind'], string, number]>([
    ['throttled', 'ProvisionedThroughputExceededException', 0],
    ['failing', 'InternalServerError', 0],
    ['unavailable', 'ServiceUnavailable', 0],
    ['failing-after', 'InternalServerError', 1],
  ])('that is %s is told %s, and arrives %i times', async (kind, name, times) => {
    meeting({ kind } as Fault);
    await expect(put()).rejects.toMatchObject({ name });
    expect(asked).toHaveLength(times);
    expect(effects).toEqual([`dynamodb ${kind}`]);
  });

  test.each<[Fault['kind'], number]>([
    ['reset-before', 0],
    ['reset-after', 1],
    ['killed-before', 0],
    ['killed-after', 1],
  ])('that meets %s breaks off, and has arrived %i times', async (kind, times) => {
    meeting({ kind } as Fault);
    await expect(put()).rejects.toThrow('ECONNRESET');
    expect(asked).toHaveLength(times);
    expect(effects).toEqual([`dynamodb ${kind}`]);
    expect(killed).toHaveLength(kind.startsWith('killed') ? 1 : 0);
  });

  test('is repeated by the SDK as after a fault of AWS', async () => {
    meeting({ kind: 'throttled' }, { kind: 'reset-after' });
    await put(3);
    expect(asked).toHaveLength(2);
    expect(effects).toEqual(['dynamodb throttled', 'dynamodb reset-after']);
  });

  test('that is slow arrives late', async () => {
    meeting({ kind: 'slow', milliseconds: 100 });
    const startedAt = performance.now();
    await put();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(95);
    expect(effects).toEqual(['dynamodb slow']);
  });
});

describe('a batch that is done in part', () => {
  test('of a queue is told by the SDK as SQS tells it', async () => {
    answer = '{"Successful":[{"Id":"1","MessageId":"m","MD5OfMessageBody":"92eb5ffee6ae2fec3ad71c777531578f"}]}';
    meeting({ kind: 'partial', share: 0.5 });
    const sqs = new SQSClient({ ...options(), useQueueUrlAsEndpoint: false });
    const Entries = ['a', 'b'].map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const told = await sqs.send(new SendMessageBatchCommand({ QueueUrl: 'https://sqs/1/q', Entries }));
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ Entries: [{ Id: '1' }] });
    expect(told).toMatchObject({ Successful: [{ Id: '1' }], Failed: [{ Id: '0', SenderFault: false }] });
    expect(effects).toEqual(['sqs partial']);
  });

  test('of a topic is told by the SDK as SNS tells it', async () => {
    meeting({ kind: 'partial', share: 1 });
    const told = await new SNSClient(options()).send(
      new PublishBatchCommand({ TopicArn: 't', PublishBatchRequestEntries: [{ Id: '0', Message: 'a' }] }),
    );
    expect(asked).toHaveLength(0);
    expect(told.Failed).toMatchObject([{ Id: '0', Code: 'InternalError' }]);
    expect(effects).toEqual(['sns partial']);
  });
});

describe('what is no fault', () => {
  test('a caller that went away before a slow answer met none', async () => {
    meeting({ kind: 'slow', milliseconds: 150 });
    const call = new DynamoDBClient(options()).send(new GetItemCommand({ TableName: 't', Key: { PK: { S: 'a' } } }), {
      abortSignal: AbortSignal.timeout(50),
    });
    await expect(call).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(effects).toEqual([]);
  });

  test('who deploys and looks on is left alone', async () => {
    meeting({ kind: 'failing' });
    await put(1, 'test');
    expect(asked).toHaveLength(1);
    expect(effects).toEqual([]);
  });

  test('after the last fault all goes through again', async () => {
    meeting({ kind: 'failing' });
    wire.intercept(undefined);
    await put();
    expect(effects).toEqual([]);
  });
});
