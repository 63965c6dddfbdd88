import { Failure } from '../toolchain/failure.mjs';
import type { TargetOptions } from './ops-target.ts';

/** Names of the SDK's errors that say: who are you? */
const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError'];
const BAD_CREDENTIALS = [
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'ExpiredToken',
];
const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError'];

/** Does what needs AWS. What a person can put right is told in one sentence, and not by a stack trace. */
export const awsFailure = async ({ stage }: TargetOptions, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    throw explained(error, stage);
  }
};

const explained = (error: unknown, stage = 'local'): unknown => {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  if (NO_CREDENTIALS.includes(error.name)) {
    return new Failure(`There are no AWS credentials: set AWS_PROFILE to one of the account of '${stage}'.`, {
      cause: error,
    });
  }
  if (BAD_CREDENTIALS.includes(error.name)) {
    return new Failure(`AWS does not accept your credentials: log in to the account of '${stage}' again.`, {
      cause: error,
    });
  }
  if (DENIED.includes(error.name)) {
    return new Failure(`Your credentials do not allow this: ${error.message}`, { cause: error });
  }
  if ('code' in error && error.code === 'ECONNREFUSED') {
    return new Failure('The environment does not answer: stop it with `npm run down` and start it again.', {
      cause: error,
    });
  }
  return error;
};
