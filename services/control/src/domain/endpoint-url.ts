import { formatDestination, parseDestination } from '@fanfare/core/destinations/destination';
import { err, ok, type Result } from '@fanfare/core/result';

export const MAX_URL_CHARACTERS = 2048;

const NOT_A_URL = 'must be a URL';
const SCHEME = 'must start with http:// or https://, or be the ARN of what is delivered to';
const TOO_LONG = `must be at most ${MAX_URL_CHARACTERS} characters, escapes included`;

/**
 * A URL as it is stored and sent to: normalised by the URL Standard (the host in lower case and ASCII, a default port
 * left out, spaces escaped, the fragment kept). Whether requests may be sent there is `refusedUrl`'s question.
 */
export const normalUrl = (text: string): Result<string, string> => {
  if (text.length > MAX_URL_CHARACTERS) return err(TOO_LONG);
  const url = URL.parse(text);
  if (url === null) return err(NOT_A_URL);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return err(SCHEME);
  return url.href.length > MAX_URL_CHARACTERS ? err(TOO_LONG) : ok(url.href);
};

/** A destination of AWS as it is stored: the same text for the same destination. */
export const normalDestination = (text: string): Result<string, string> => {
  if (text.length > MAX_URL_CHARACTERS) return err(TOO_LONG);
  const parsed = parseDestination(text);
  return parsed.ok ? ok(formatDestination(parsed.value)) : parsed;
};
