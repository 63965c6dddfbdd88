import fc from 'fast-check';
import { formatDestination, isDestination, parseDestination } from './destination.ts';
import { ROLE_NAME_PREFIX } from './role.ts';

const ROLE = `arn:aws:iam::210987654321:role/${ROLE_NAME_PREFIX}Orders`;
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:orders';
const problem = (text: string): string => {
  const parsed = parseDestination(text);
  return parsed.ok ? 'accepted' : parsed.error;
};

describe('a destination is read', () => {
  test.each([
    [QUEUE, { service: 'sqs', name: 'orders', region: 'eu-west-1', account: '123456789012', partition: 'aws' }],
    [`${QUEUE}.fifo`, { service: 'sqs', name: 'orders.fifo' }],
    ['arn:aws:sns:eu-west-1:123456789012:orders.fifo', { service: 'sns', name: 'orders.fifo' }],
    ['arn:aws:events:eu-west-1:123456789012:event-bus/default', { service: 'events', name: 'default' }],
    ['arn:aws:kinesis:eu-west-1:123456789012:stream/a.b', { service: 'kinesis', name: 'a.b' }],
    ['arn:aws:s3:::a-bucket/events/in', { service: 's3', name: 'a-bucket', prefix: 'events/in', region: '' }],
    ['arn:aws:s3:::a.b-c/in', { name: 'a.b-c' }],
    ['arn:aws:lambda:eu-west-1:123456789012:function:f', { service: 'lambda', name: 'f' }],
    ['arn:aws:lambda:eu-west-1:123456789012:function:f:live', { service: 'lambda', name: 'f', qualifier: 'live' }],
    ['arn:aws-cn:sqs:cn-north-1:123456789012:q', { partition: 'aws-cn', region: 'cn-north-1' }],
    [`${QUEUE}?role=${ROLE}`, { arn: QUEUE, role: ROLE }],
    [`${QUEUE}?externalId=org_1/app_1&role=${encodeURIComponent(ROLE)}`, { role: ROLE, externalId: 'org_1/app_1' }],
  ])('%s', (text, expected) => {
    expect(parseDestination(text)).toMatchObject({ ok: true, value: expected });
  });

  test('and written as the same text whatever order, escapes and slashes it came with', () => {
    const text = `arn:aws:s3:::a-bucket/events/?externalId=org_1%2Fapp_1&role=${encodeURIComponent(ROLE)}`;
    const parsed = parseDestination(text);
    const written = parsed.ok ? formatDestination(parsed.value) : '';
    expect(written).toBe(`arn:aws:s3:::a-bucket/events?role=${ROLE}&externalId=org_1/app_1`);
    expect(parseDestination(written)).toEqual(parsed);
  });
});

describe('refused is', () => {
  test.each([
    ['what is no ARN', 'arn:aws:sqs', /must be an ARN/],
    ['an ARN in capitals', QUEUE.toUpperCase(), /must be an ARN/],
    ['a service that is not delivered to', 'arn:aws:dynamodb:eu-west-1:123456789012:table/t', /one of these services/],
    ['an account that is none', 'arn:aws:sqs:eu-west-1:12345:q', /must look like arn:aws:sqs/],
    ['a region that is none', 'arn:aws:sqs:europe:123456789012:q', /must look like/],
    ['a pattern', 'arn:aws:sqs:eu-west-1:123456789012:*', /must look like/],
    ['a queue with a name that is too long', `${QUEUE}${'x'.repeat(80)}`, /must look like/],
    ['a rule instead of a bus', 'arn:aws:events:eu-west-1:123456789012:rule/r', /event-bus/],
    ['a bucket without a prefix', 'arn:aws:s3:::a-bucket', /<bucket>\/<prefix>/],
    ['a bucket with an empty prefix', 'arn:aws:s3:::a-bucket/', /<bucket>\/<prefix>/],
    [
      'a bucket in a region, as an access point is',
      'arn:aws:s3:eu-west-1:123456789012:accesspoint/a',
      /must look like/,
    ],
    ['a bucket with two dots', 'arn:aws:s3:::a..b/in', /must look like/],
    ['a bucket that looks like an address', 'arn:aws:s3:::192.168.0.1/in', /must look like/],
    ['a bucket of two letters', 'arn:aws:s3:::ab/in', /must look like/],
    ['a bucket of 64 letters', `arn:aws:s3:::${'a'.repeat(64)}/in`, /must look like/],
    ['a prefix that climbs', 'arn:aws:s3:::a-bucket/a/../b', /segments/],
    ['a prefix with an empty segment', 'arn:aws:s3:::a-bucket/a//b', /segments/],
    ['a prefix with a space', 'arn:aws:s3:::a-bucket/a b', /segments/],
    ['a prefix without end', `arn:aws:s3:::a-bucket/${'x'.repeat(513)}`, /at most 512/],
    ['a role that is no ARN', `${QUEUE}?role=me`, /a role that looks like/],
    ['a role of another partition', `${QUEUE}?role=${ROLE.replace('aws', 'aws-cn')}`, /its own partition/],
    [
      'a role with another name',
      `${QUEUE}?role=arn:aws:iam::123456789012:role/Admin`,
      /starts with FanfareDestination/,
    ],
    ['a role in a path', `${QUEUE}?role=arn:aws:iam::123456789012:role/x/FanfareDestination`, /looks like/],
    ['a user', `${QUEUE}?role=arn:aws:iam::123456789012:user/FanfareDestination`, /looks like/],
    ['an external id without a role', `${QUEUE}?externalId=org_1/app_1`, /no role/],
    ['two roles', `${QUEUE}?role=${ROLE}&role=${ROLE}`, /each of them once/],
    ['a field that nobody knows', `${QUEUE}?region=eu-west-1`, /nothing else/],
    ['a fragment', `${QUEUE}#x`, /must look like/],
    ['a line break', `${QUEUE}\n`, /must look like|must be an ARN/],
  ])('%s', (_title, text, reason) => {
    expect(problem(text)).toMatch(reason);
  });

  test('anything else, and no reason repeats what was given', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        expect(problem(`arn:${text}`)).not.toContain(text);
      }),
    );
  });
});

test.each([
  [QUEUE, true],
  ['ARN:aws', true],
  ['https://example.com/arn:aws', false],
])('%s is taken for a destination: %s', (url, expected) => {
  expect(isDestination(url)).toBe(expected);
});
