import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../../tests/environment-under-test.ts';
import { redriveRecords, storedRecords } from './redrive-records.ts';
import type { OpsStage } from './stage.ts';

const s3 = new S3Client({ ...clientOptions(), forcePathStyle: true });
const stage = (invoke: (request: { refs: readonly unknown[] }) => object): OpsStage =>
  ({
    stage: 'test',
    s3,
    lambda: {
      send: async ({ input }: { input: { Payload: string } }) => ({
        Payload: Buffer.from(JSON.stringify(invoke(JSON.parse(input.Payload)))),
      }),
    },
  }) as unknown as OpsStage;
const record = (messageId: string) => ({ dynamodb: { Keys: { PK: { S: 'o#a#MSGS#00' }, SK: { S: messageId } } } });
const times = {
  approximateArrivalOfFirstRecord: '2026-11-25T10:00:00Z',
  approximateArrivalOfLastRecord: '2026-11-25T10:00:01Z',
};

const bucketOf = async (objects: Record<string, unknown>): Promise<string> => {
  const Bucket = `failures-${crypto.randomUUID()}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const [Key, body] of Object.entries(objects)) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(body) }));
  }
  return Bucket;
};
const keysIn = async (Bucket: string) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);
const run = (one: OpsStage, bucket: string, signal = new AbortController().signal) =>
  redriveRecords(one, storedRecords(one, bucket), 500, signal, () => undefined);

describe('the bucket of batches that a stream gave up on', () => {
  const objects = {
    'aws/lambda/1': { DDBStreamBatchInfo: times, payload: { Records: [record('msg_1'), record('msg_2')] } },
    'aws/lambda/2': { DDBStreamBatchInfo: times, payload: { Records: [record('msg_odd')] } },
    'aws/lambda/3': { nonsense: true },
  };

  test('is fanned out again object by object; what cannot be stays, with its reason', async () => {
    const asked: unknown[] = [];
    const one = stage(({ refs }) => {
      asked.push(...refs);
      const [first] = refs as { orgId: string; appId: string; messageId: string }[];
      const problems = first?.messageId === 'msg_odd' ? [{ ref: first, problem: 'eventType: expected string' }] : [];
      return { messages: refs.length, published: refs.length - problems.length, problems };
    });
    const bucket = await bucketOf(objects);
    await expect(run(one, bucket)).resolves.toEqual({
      there: 3,
      done: 1,
      published: 2,
      failed: [
        { id: 'aws/lambda/2', reason: 'eventType: expected string' },
        { id: 'aws/lambda/3', reason: expect.any(String) },
      ],
      interrupted: false,
    });
    expect(asked).toMatchObject([{ messageId: 'msg_1' }, { messageId: 'msg_2' }, { messageId: 'msg_odd' }]);
    expect(await keysIn(bucket)).toEqual(['aws/lambda/2', 'aws/lambda/3']);
  });

  test('is left as it is when nothing could be published', async () => {
    const one = stage(() => {
      throw new Error('the function cannot be called');
    });
    const bucket = await bucketOf(objects);
    await expect(run(one, bucket)).rejects.toThrow('cannot be called');
    expect(await keysIn(bucket)).toHaveLength(3);
  });
});

test('a call that failed is made again, where its function is of this stage', async () => {
  const callOf = (name: string) => ({
    requestContext: { functionArn: `arn:aws:lambda:us-east-1:1:function:${name}:live`, condition: 'RetriesExhausted' },
    requestPayload: { of: name },
  });
  const called: unknown[] = [];
  const one = stage((event) => {
    called.push(event);
    return {};
  });
  const bucket = await bucketOf({ a: callOf('fanfare-test-activate-endpoint'), b: callOf('somebody-elses') });
  await expect(run(one, bucket)).resolves.toMatchObject({
    done: 1,
    failed: [{ id: 'b', reason: 'somebody-elses is no function of this stage' }],
  });
  expect(called).toEqual([{ of: 'fanfare-test-activate-endpoint' }]);
});
