import { type CheckHost, hostOf } from '@fanfare/core/egress/checked-addresses';
import type { Refusal } from '@fanfare/core/http/answer';

/** What the stage says of URLs that requests are sent to. */
export type UrlRules = {
  readonly requiresHttps: boolean;
  readonly checkHost: CheckHost;
};

/**
 * Why requests may not be sent to this URL; `undefined` when they may. A name that does not resolve now is taken: its
 * owner may be about to set it up. Delivery checks again at each attempt, because names change; here the check is for the
 * sake of whoever has made a mistake. URLs that are not http or https are not requests.
 */
export const refusedUrl = async (
  text: string,
  { requiresHttps, checkHost }: UrlRules,
): Promise<Refusal | undefined> => {
  const url = URL.parse(text);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) return undefined;
  if (requiresHttps && url.protocol !== 'https:') return refused('must start with https://');
  const { kind } = await checkHost(hostOf(url));
  return kind === 'forbidden' ? refused('must lead to public addresses only') : undefined;
};

const refused = (msg: string): Refusal => ({
  kind: 'invalid',
  problems: [{ loc: ['body', 'url'], msg, type: 'value_error' }],
});
