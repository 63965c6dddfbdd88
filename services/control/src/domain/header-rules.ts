/** What a header's name may be made of. Source: RFC 9110, 5.1 and 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What every server takes: visible characters of ISO 8859-1, spaces and tabs within. Source: RFC 9110, 5.5. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const MAX_NAME_CHARACTERS = 128;

/** What the connection, the body or the signature decides, and what only an answer or a proxy may say. */
const REFUSED = new Set([
  ...['connection', 'expect', 'host', 'http2-settings', 'keep-alive', 'te', 'trailer', 'trailers'],
  ...['transfer-encoding', 'upgrade', 'user-agent'],
  ...['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'],
  ...['age', 'cache-control', 'clear-site-data', 'expires', 'pragma', 'warning', '__proto__'],
]);

/** Our own, and those that clouds set between themselves and trust. */
const REFUSED_PREFIXES = [
  ...['webhook-', 'svix-', 'x-svix-', 'proxy-', 'sec-'],
  ...['x-amz-', 'x-amzn-', 'x-google', 'x-goog-', 'x-gfe', 'x-azure-', 'x-fd-'],
];

/** Why a header of this name and value cannot be sent; `undefined` when it can. No reason repeats the value. */
export const headerProblem = (name: string, value: unknown): string | undefined => {
  const lower = name.toLowerCase();
  if (!NAME.test(name)) return 'must have a name of letters, digits and "-", as headers do';
  if (name.length > MAX_NAME_CHARACTERS) return `must have a name of at most ${MAX_NAME_CHARACTERS} characters`;
  if (REFUSED.has(lower)) return 'must not be set: the request decides it';
  const prefix = REFUSED_PREFIXES.find((each) => lower.startsWith(each));
  if (prefix !== undefined) return `must not start with "${prefix}"`;
  if (typeof value !== 'string') return 'must be a text';
  return VALUE.test(value) ? undefined : 'must hold characters of ISO 8859-1 only, and no line break';
};

const SENSITIVE =
  /(^|[-_.])(auth|authenticate|authorization|cookie|credential|key|apikey|password|secret|session|signature|token)s?($|[-_.])/i;

/** Whether a header's value is likely to be a credential, which is never shown again. */
export const isSensitive = (name: string): boolean => SENSITIVE.test(name);
