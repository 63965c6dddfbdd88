import type { RequestOptions } from 'node:https';

/** Where a request goes, as Node's client takes it. */
export type WebhookTarget = {
  readonly isSecure: boolean;
  readonly options: Pick<RequestOptions, 'hostname' | 'port' | 'path'> & { readonly hostname: string };
  /** Basic authorization from the user and password of the URL. */
  readonly authorization?: string;
};

/** Takes a URL apart. `undefined` for what is not an http or https URL. */
export const webhookTarget = (text: string): WebhookTarget | undefined => {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return {
    isSecure: url.protocol === 'https:',
    options: {
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
    },
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
