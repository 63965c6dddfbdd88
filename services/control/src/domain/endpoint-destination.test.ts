import { settled } from './endpoint-destination.ts';

const APPLICATION = { orgId: 'org_1', appId: 'app_1' };
const RULES = { partition: 'aws', stage: 'prod', allowed: ['arn:aws:sqs:*:123456789012:shared-*'] };
const QUEUE = 'arn:aws:sqs:eu-west-1:210987654321:orders';
const ROLE = 'arn:aws:iam::210987654321:role/FanfareDestination';
const urlOf = (url: string, application = APPLICATION) => {
  const read = settled({ url }, application, RULES);
  if (read.ok) return read.value.url;
  return read.error.kind === 'invalid' ? read.error.problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`) : [];
};

test('a destination with a role is shown with the external id of its application', () => {
  expect(urlOf(`${QUEUE}?role=${ROLE}`)).toBe(`${QUEUE}?role=${ROLE}&externalId=org_1/app_1`);
});

test('what was read can be written back', () => {
  const url = `${QUEUE}?role=${ROLE}&externalId=org_1/app_1`;
  expect(urlOf(url)).toBe(url);
});

test('the external id of another application is refused, and the right one named', () => {
  const theirs = `${QUEUE}?role=${ROLE}&externalId=org_1/app_2`;
  expect(urlOf(theirs)).toEqual(["body.url: must have no externalId but org_1/app_1, which is this application's"]);
  expect(urlOf(theirs, { orgId: 'org_1', appId: 'app_2' })).toBe(theirs);
});

test.each([
  ['a queue that nobody has allowed, without a role', QUEUE],
  ["a lane of Fanfare's own", 'arn:aws:sqs:eu-west-1:123456789012:fanfare-prod-webhook'],
  ['another partition', `arn:aws-cn:sqs:cn-north-1:210987654321:q?role=${ROLE.replace('aws', 'aws-cn')}`],
])('%s is refused at the URL', (_title, url) => {
  expect(urlOf(url)).toEqual([expect.stringMatching(/^body\.url: must /)]);
});

test('a queue that is allowed needs no role and gets no external id', () => {
  const url = 'arn:aws:sqs:eu-west-1:123456789012:shared-1';
  expect(urlOf(url)).toBe(url);
});

test.each(['https://example.com/', undefined])('%s is left as it is', (url) => {
  expect(settled({ url }, APPLICATION, RULES)).toEqual({ ok: true, value: { url } });
});
