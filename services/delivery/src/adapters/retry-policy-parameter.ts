import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { parseRetryPolicy, type RetryPolicy } from '../domain/retry-policy.ts';

/** A changed schedule reaches every warm function within this time. */
const MAX_AGE_SECONDS = 60;

/**
 * Reads the retry schedule from its parameter, and again when it is a minute old. A policy that was read once stays in
 * force while a newer one cannot be had, which `onStale` is told: deliveries must not stop for a setting. Throws when
 * none was ever read.
 */
export const retryPolicyParameter = (
  parameterName: string,
  onStale: (error: Error) => void,
): (() => Promise<RetryPolicy>) => {
  const provider = new SSMProvider();
  let last: RetryPolicy | undefined;
  return async () => {
    try {
      last = parseRetryPolicy((await provider.get(parameterName, { maxAge: MAX_AGE_SECONDS })) ?? '');
    } catch (error) {
      if (last === undefined) throw error;
      onStale(error as Error);
    }
    return last;
  };
};
