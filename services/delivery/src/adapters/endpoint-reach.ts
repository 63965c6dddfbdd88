import { isIP, connect as plainConnect, type Socket } from 'node:net';
import { type PeerCertificate, connect as secureConnect, type TLSSocket } from 'node:tls';
import { type CheckedHost, hostCheck, type LookupAll } from '@fanfare/core/egress/checked-addresses';
import type { ExaminePorts, Reached, ShownCertificate } from '../domain/examination.ts';
import { reasonOf } from './webhook-sender.ts';
import { type WebhookTarget, webhookTarget } from './webhook-target.ts';

type Config = {
  readonly isAllowed: (address: string) => boolean;
  readonly requiresHttps: boolean;
  /** Milliseconds that a name or a connection may take. */
  readonly limitMs: number;
  readonly lookup?: LookupAll;
  /** Further certificate authorities, for tests. */
  readonly ca?: string;
};

/** Reaches out for endpoints as the sender does, and sends nothing. Never throws for what an endpoint does. */
export const endpointReach = (config: Config): Pick<ExaminePorts, 'resolve' | 'connect'> => {
  const check = hostCheck(config.isAllowed, config.lookup);
  const targetOf = (url: string): WebhookTarget | string => {
    const target = webhookTarget(url);
    if (target === undefined) return 'the URL is neither http nor https';
    return config.requiresHttps && !target.isSecure ? 'the URL is not https' : target;
  };
  const checked = (target: WebhookTarget): Promise<CheckedHost | 'timed-out'> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, config.limitMs, 'timed-out');
      void check(target.hostname).then((host) => {
        clearTimeout(timer);
        resolve(host);
      });
    });

  return {
    resolve: async (url) => {
      const target = targetOf(url);
      if (typeof target === 'string') return failed(target);
      const host = await checked(target);
      if (host === 'timed-out' || host.kind !== 'allowed') return failed(whyNot(host));
      return { ok: true, detail: 'the name resolves to addresses that are allowed' };
    },

    connect: async (url) => {
      const target = targetOf(url);
      if (typeof target === 'string') return failed(target);
      const host = await checked(target);
      if (host === 'timed-out' || host.kind !== 'allowed') return failed(whyNot(host));
      const address = host.addresses[0]?.address ?? '';
      return connected(target, address, config);
    },
  };
};

const failed = (detail: string): Reached => ({ ok: false, detail });

const whyNot = (host: Exclude<CheckedHost, { kind: 'allowed' }> | 'timed-out'): string => {
  if (host === 'timed-out') return 'the name was not resolved in time';
  return host.kind === 'forbidden' ? 'the address is not allowed' : reasonOf(host.error);
};

/** Opens a connection to this address and closes it. The certificate has to be one for the name. */
const connected = (target: WebhookTarget, address: string, { limitMs, ca }: Config): Promise<Reached> =>
  new Promise((resolve) => {
    const at = { host: address, port: target.port };
    const secure = target.isSecure
      ? secureConnect({ ...at, ...tlsOf(target), ...(ca === undefined ? {} : { ca }) })
      : undefined;
    const socket: Socket = secure ?? plainConnect(at);
    const end = (reached: Reached): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    const timer = setTimeout(() => end(failed('the connection took too long')), limitMs);
    socket.once('error', (error) => end(failed(reasonOf(error))));
    if (secure === undefined) socket.once('connect', () => end({ ok: true, detail: 'connected, without TLS' }));
    else secure.once('secureConnect', () => end(judged(secure)));
  });

/** A certificate that is not valid is looked at too: it is judged below, and nothing is sent over the connection. */
const tlsOf = ({ hostname }: WebhookTarget) => {
  const name = hostname.replace(/\.$/, '');
  return { rejectUnauthorized: false, ...(isIP(name) === 0 ? { servername: name } : {}) };
};

const judged = (socket: TLSSocket): Reached => {
  const certificate = shown(socket.getPeerCertificate());
  const reached = socket.authorized
    ? { ok: true, detail: 'connected, and the certificate is valid' }
    : failed(reasonOf({ name: '', message: '', code: String(socket.authorizationError) }));
  return { ...reached, ...(certificate === undefined ? {} : { certificate }) };
};

/** As much of a stranger's text as fits into a line. */
const MAX_ISSUER_LENGTH = 128;

const shown = ({ valid_to, issuer }: Partial<PeerCertificate>): ShownCertificate | undefined => {
  const expiresAt = Date.parse(valid_to ?? '');
  if (Number.isNaN(expiresAt)) return undefined;
  const names = [issuer?.O, issuer?.CN].flat().filter((name) => name !== undefined && name !== '');
  return {
    expiresAt,
    issuer: names
      .join(', ')
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, MAX_ISSUER_LENGTH),
  };
};
