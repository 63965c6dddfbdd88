import type { TokenProblem } from '../auth/token.ts';

/** What a caller is told about a token that was not accepted. */
export const TOKEN_PROBLEM: Record<TokenProblem, string> = {
  missing: 'Send the token as "Authorization: Bearer <token>".',
  invalid: 'Invalid token',
  expired: 'The token has expired, or is not valid yet.',
  'no-subject': 'The token names nobody: its claim "sub" is missing.',
};
