import { hostOf } from '@fanfare/core/egress/checked-addresses';

/** Where a request goes, as Node's client takes it. */
export type WebhookTarget = {
  readonly isSecure: boolean;
  /** A name or an address, without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  /** Basic authorization from the user and password of the URL. */
  readonly authorization?: string;
};

/** Takes a URL apart. `undefined` for what is not an http or https URL. */
export const webhookTarget = (text: string): WebhookTarget | undefined => {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  const isSecure = url.protocol === 'https:';
  return {
    isSecure,
    hostname: hostOf(url),
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    ...(url.username === '' && url.password === '' ? {} : { authorization: basic(url) }),
  };
};

const basic = ({ username, password }: URL): string =>
  `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;

/** A percent sign that begins no escape stands for itself. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
