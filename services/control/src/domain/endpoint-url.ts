import { err, ok, type Result } from '@fanfare/core/result';

export const MAX_URL_CHARACTERS = 2048;

export type UrlProblem = 'not-a-url' | 'scheme' | 'too-long';

export const URL_PROBLEM: Record<UrlProblem, string> = {
  'not-a-url': 'must be a URL',
  scheme: 'must start with http:// or https://',
  'too-long': `must be at most ${MAX_URL_CHARACTERS} characters, escapes included`,
};

/**
 * A URL as it is stored and sent to: normalised by the URL Standard (the host in lower case and ASCII, a default port
 * left out, spaces escaped, the fragment kept). Whether requests may be sent there is `refusedUrl`'s question.
 */
export const normalUrl = (text: string): Result<string, UrlProblem> => {
  if (text.length > MAX_URL_CHARACTERS) return err('too-long');
  const url = URL.parse(text);
  if (url === null) return err('not-a-url');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return err('scheme');
  return url.href.length > MAX_URL_CHARACTERS ? err('too-long') : ok(url.href);
};
