import type { AttemptOutcome } from './next-step.ts';

/** A call of AWS that failed. */
export type AwsFailure = {
  /** What was being done: getting the role's credentials, or putting the message there. */
  readonly step: 'assume-role' | 'put';
  /** The error's name, which AWS calls its code. Its text is not kept: it names accounts and roles. */
  readonly name: string;
  /** Absent when there was no answer. */
  readonly status?: number;
};

/** An answer of AWS with a text that its reader can do something with. */
export const answeredWith = (status: number, text: string): AttemptOutcome => ({
  kind: 'answered',
  status,
  body: new TextEncoder().encode(text),
});

/**
 * What a failed call means for the attempt: like a webhook's, it is recorded with AWS's own status and tried again as the
 * schedule says. Even a denied access is: policies are repaired, and the schedule has an end.
 */
export const outcomeOfFailure = ({ step, name, status }: AwsFailure): AttemptOutcome => {
  const shown = /^[\w.]{1,80}$/.test(name) ? name : 'an unnamed error';
  if (status === undefined) {
    return TIMEOUTS.has(name)
      ? { kind: 'timed-out' }
      : { kind: 'unreachable', reason: `AWS could not be reached (${shown})` };
  }
  const reason = `${REASONS.find(([names]) => names.test(name))?.[1][step] ?? OTHERWISE[step]} (${shown})`;
  // An answer that is a success as HTTP and a failure in its text.
  return status < 300 ? { kind: 'unreachable', reason } : answeredWith(status, reason);
};

const TIMEOUTS: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError', 'RequestTimeout']);

type Reason = Readonly<Record<AwsFailure['step'], string>>;

const OTHERWISE: Reason = {
  'assume-role': 'the role could not be assumed',
  put: 'the destination did not take the message',
};

const same = (text: string): Reason => ({ 'assume-role': text, put: text });

/** By what the services call their errors. The first that fits is told. */
const REASONS: readonly (readonly [RegExp, Reason])[] = [
  [/KMS/, same('the key that the destination is encrypted with could not be used')],
  [
    /AccessDenied|AuthorizationError|NotAuthorized|UnauthorizedOperation|^Forbidden$/,
    {
      'assume-role': 'the role could not be assumed: does its trust policy name us and the external id?',
      put: 'access is denied: do the policies of role and destination allow it?',
    },
  ],
  [/Throttl|TooManyRequests|SlowDown|ThroughputExceeded|LimitExceeded|RequestLimit/, same('AWS is throttling')],
  [/NonExistent|DoesNotExist|NotFound|NoSuchBucket/, { ...OTHERWISE, put: 'there is no such destination' }],
  [/TooLong|TooLarge|EntityTooLarge|InvalidMessageContents/, { ...OTHERWISE, put: 'it does not take such a message' }],
  [/Redirect/, { ...OTHERWISE, put: 'the bucket is in another region' }],
  [/ExpiredToken|InvalidClientTokenId/, same('the credentials are not valid any more')],
];
