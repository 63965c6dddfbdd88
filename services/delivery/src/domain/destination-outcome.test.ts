import fc from 'fast-check';
import { type AwsFailure, outcomeOfFailure } from './destination-outcome.ts';
import { nextStep } from './next-step.ts';

const POLICY = { delaysSeconds: [5, 60] };
const textOf = (failure: AwsFailure): string => {
  const outcome = outcomeOfFailure(failure);
  if (outcome.kind === 'answered') return `${outcome.status} ${new TextDecoder().decode(outcome.body)}`;
  return outcome.kind === 'unreachable' ? outcome.reason : outcome.kind;
};

describe('a call that failed is told with its status, and why', () => {
  test.each([
    [
      { step: 'assume-role', name: 'AccessDenied', status: 403 },
      /^403 the role could not be assumed.*\(AccessDenied\)$/,
    ],
    [{ step: 'put', name: 'AccessDeniedException', status: 400 }, /^400 access is denied/],
    [{ step: 'put', name: 'AuthorizationErrorException', status: 403 }, /^403 access is denied/],
    [{ step: 'put', name: 'KMSAccessDeniedException', status: 400 }, /^400 the key/],
    [{ step: 'put', name: 'ThrottlingException', status: 429 }, /^429 AWS is throttling/],
    [{ step: 'put', name: 'ProvisionedThroughputExceededException', status: 400 }, /^400 AWS is throttling/],
    [{ step: 'put', name: 'SlowDown', status: 503 }, /^503 AWS is throttling/],
    [{ step: 'put', name: 'QueueDoesNotExist', status: 400 }, /^400 there is no such destination/],
    [{ step: 'put', name: 'ResourceNotFoundException', status: 404 }, /^404 there is no such destination/],
    [{ step: 'put', name: 'PermanentRedirect', status: 301 }, /^301 the bucket is in another region/],
    [{ step: 'put', name: 'InternalFailure', status: 500 }, /^500 the destination did not take the message/],
    [{ step: 'put', name: 'TimeoutError' }, /^timed-out$/],
    [{ step: 'put', name: 'AbortError' }, /^timed-out$/],
    [{ step: 'put', name: 'ECONNREFUSED' }, /^AWS could not be reached \(ECONNREFUSED\)$/],
    [{ step: 'put', name: 'NotAuthorizedForSource', status: 200 }, /^access is denied/],
  ] as const)('%j', (failure, text) => {
    expect(textOf(failure)).toMatch(text);
  });
});

test('no failure counts as a success, and each is tried again until the schedule ends', () => {
  const failures = fc.record(
    {
      step: fc.constantFrom('assume-role' as const, 'put' as const),
      name: fc.string(),
      status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 410),
    },
    { requiredKeys: ['step', 'name'] },
  );
  fc.assert(
    fc.property(failures, (failure) => {
      expect(nextStep(outcomeOfFailure(failure), 1, POLICY, 0.5).kind).toBe('retry');
      expect(nextStep(outcomeOfFailure(failure), 3, POLICY, 0.5).kind).toBe('give-up');
    }),
  );
});

test('a name that is none of AWS is not repeated', () => {
  expect(textOf({ step: 'put', name: 'arn:aws:iam::123456789012:role/x is wrong', status: 400 })).not.toContain('arn:');
});
