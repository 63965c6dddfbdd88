import { parseDestination } from './destination.ts';
import { parseAllowedDestinations, unreachableReason } from './reachable.ts';

const reason = (text: string, allowed: readonly string[]): string | undefined => {
  const parsed = parseDestination(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return unreachableReason(parsed.value, { partition: 'aws', stage: 'prod', allowed });
};
const queue = (name: string, account = '123456789012') => `arn:aws:sqs:eu-west-1:${account}:${name}`;
const ROLE = '?role=arn:aws:iam::210987654321:role/FanfareDestination';

describe('without a role', () => {
  test.each([
    ['nothing is reached while nothing is allowed', queue('orders'), [], false],
    ['what is allowed is reached', queue('orders'), [queue('orders')], true],
    ['a pattern allows what it matches', queue('orders-eu'), ['arn:aws:sqs:*:123456789012:orders-*'], true],
    ['and nothing else', queue('invoices'), ['arn:aws:sqs:*:123456789012:orders-*'], false],
    ['nothing of another account', queue('orders', '999999999999'), ['arn:aws:sqs:*:123456789012:*'], false],
    ['a star does not reach over a colon', queue('orders'), ['arn:aws:*:orders'], false],
    ['a dot stands for itself', queue('a-fifo'), [queue('a.fifo')], false],
    ['a question mark is one character', queue('q1'), [queue('q?')], true],
    ['objects under a prefix', 'arn:aws:s3:::a-bucket/in', ['arn:aws:s3:::a-bucket/in/*'], true],
    ['and none beside it', 'arn:aws:s3:::a-bucket/into', ['arn:aws:s3:::a-bucket/in/*'], false],
    [
      'a function with its alias',
      'arn:aws:lambda:eu-west-1:123456789012:function:f:live',
      ['arn:aws:lambda:*:123456789012:function:f:live'],
      true,
    ],
    [
      'a lane of Fanfare is never reached, whatever is allowed',
      queue('fanfare-prod-aws'),
      ['arn:aws:sqs:*:*:*'],
      false,
    ],
    ['nor its bus', 'arn:aws:events:eu-west-1:123456789012:event-bus/fanfare-prod', ['arn:aws:events:*:*:*'], false],
    ['another stage is not its own', queue('fanfare-dev-aws'), ['arn:aws:sqs:*:*:*'], true],
  ])('%s', (_title, text, allowed, expected) => {
    expect(reason(text, allowed) === undefined).toBe(expected);
  });
});

test('with a role everything is left to whoever made the role', () => {
  expect(reason(`${queue('orders', '210987654321')}${ROLE}`, [])).toBeUndefined();
});

test('a destination of another partition is out of reach', () => {
  expect(reason('arn:aws-cn:sqs:cn-north-1:123456789012:q', ['arn:aws-cn:sqs:*:*:*'])).toMatch(/partition aws$/);
});

test.each([
  ['none', []],
  ['arn:a, arn:b', ['arn:a', 'arn:b']],
])('the setting %j is read', (setting, patterns) => {
  expect(parseAllowedDestinations(setting)).toEqual(patterns);
});
