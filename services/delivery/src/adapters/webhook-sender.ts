import { isIP, type LookupFunction } from 'node:net';
import {
  type CheckedHost,
  hostCheck,
  type LookupAll,
  type ResolvedAddress,
} from '@fanfare/core/egress/checked-addresses';
import { unreachable } from '@fanfare/core/unreachable';
import type { AttemptOutcome } from '../domain/next-step.ts';
import { CONTROL_HEADER, receiverAsks } from '../domain/receiver-asks.ts';
import { retryAfterSeconds } from '../domain/retry-after.ts';
import type { WebhookRequest } from '../domain/webhook-request.ts';
import { connectionPool } from './connection-pool.ts';
import { type Exchange, type ExchangeLimits, exchange } from './http-exchange.ts';
import { rememberedHosts } from './remembered-hosts.ts';
import { svixHeaders } from './svix-headers.ts';
import { type WebhookTarget, webhookTarget } from './webhook-target.ts';

export const LIMITS: ExchangeLimits = {
  totalMs: 15_000,
  connectMs: 5_000,
  headerBytes: 16 * 1024,
  readBytes: 64 * 1024,
  keptBytes: 2 * 1024,
};

/** Connections that wait for more work: a function may have 1,024 open files. */
const MAX_IDLE = 200;
const IDLE_MS = 60_000;

type Config = {
  readonly isAllowed: (address: string) => boolean;
  readonly now: () => number;
  /** Whether nothing is sent in the clear. */
  readonly requiresHttps?: boolean;
  /** Whether the headers of Standard Webhooks are sent under their older names as well. */
  readonly hasSvixHeaders?: boolean;
  readonly limits?: ExchangeLimits;
  readonly lookup?: LookupAll;
  /** Connections that may wait for more work, and for how long. */
  readonly maxIdle?: number;
  readonly idleMs?: number;
  /** Further certificate authorities, for tests. */
  readonly ca?: string;
};

export type WebhookSender = {
  readonly send: (request: WebhookRequest) => Promise<AttemptOutcome>;
  /** Closes idle connections over the limit. For the end of an invocation. */
  readonly trim: () => void;
};

/** Sends webhooks over pooled connections to checked addresses. Redirects are not followed. */
export const webhookSender = (config: Config): WebhookSender => {
  const {
    isAllowed,
    now,
    requiresHttps = false,
    hasSvixHeaders = false,
    limits = LIMITS,
    maxIdle = MAX_IDLE,
    idleMs = IDLE_MS,
    ca,
  } = config;
  const check = rememberedHosts(hostCheck(isAllowed, config.lookup), now);
  const pool = connectionPool({ now, maxIdle, idleMs, ca });

  const send: WebhookSender['send'] = async ({ url, headers, body }) => {
    const target = webhookTarget(url);
    if (target === undefined) return { kind: 'unreachable', reason: 'the URL is neither http nor https' };
    if (requiresHttps && !target.isSecure) return { kind: 'unreachable', reason: 'the URL is not https' };
    const startedAt = now();
    const left = (): ExchangeLimits => {
      const spentMs = now() - startedAt;
      const of = (limitMs: number): number => Math.max(0, limitMs - spentMs);
      return { ...limits, totalMs: of(limits.totalMs), connectMs: of(limits.connectMs) };
    };
    const checked = await within(Math.min(limits.connectMs, limits.totalMs), check(target.hostname));
    if (checked.kind !== 'allowed') return notSent(checked);
    const named = hasSvixHeaders ? { ...headers, ...svixHeaders(headers) } : headers;
    const request = requestOf(target, named, checked.addresses);
    const agent = pool.agentFor(target, checked.addresses);
    const first = await exchange(target.isSecure, { ...request, agent }, body, left());
    if (first.kind !== 'failed' || !first.isStale) return outcomeOf(first, now());
    const fresh = { ...request, agent: false as const, ca };
    return outcomeOf(await exchange(target.isSecure, fresh, body, { ...left(), connectMs: limits.connectMs }), now());
  };
  return { send, trim: pool.trim };
};

type Unsent = Exclude<CheckedHost, { readonly kind: 'allowed' }> | { readonly kind: 'timed-out' };

/** A look-up cannot be called off: its answer is not waited for, and is remembered when it comes. */
const within = (limitMs: number, checking: Promise<CheckedHost>): Promise<CheckedHost | { kind: 'timed-out' }> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, { kind: 'timed-out' });
    checking.then((checked) => {
      clearTimeout(timer);
      resolve(checked);
    });
  });

const notSent = (checked: Unsent): AttemptOutcome => {
  switch (checked.kind) {
    case 'timed-out':
      return checked;
    case 'forbidden':
      return { kind: 'blocked' };
    case 'unresolved':
      return { kind: 'unreachable', reason: reasonOf(checked.error) };
    default:
      return unreachable(checked);
  }
};

const requestOf = (
  { isSecure, hostname, port, path, authorization }: WebhookTarget,
  headers: Readonly<Record<string, string>>,
  addresses: readonly ResolvedAddress[],
) => ({
  hostname,
  port,
  path,
  method: 'POST',
  // What the owner has set for this very purpose counts more than what stands in the URL.
  headers: { ...(authorization === undefined || isAuthorized(headers) ? {} : { authorization }), ...headers },
  lookup: answering(addresses),
  // A name is the same with a full stop at its end, but no certificate has one. Source: RFC 6066, 3.
  ...(isSecure ? { servername: isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '' } : {}),
});

const isAuthorized = (headers: Readonly<Record<string, string>>): boolean =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');

/** The connection's own look-up knows the checked addresses alone: there is nobody left to ask who could say otherwise. */
const answering =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all) process.nextTick(callback, null, [...addresses]);
    else process.nextTick(callback, null, first?.address, first?.family);
  };

const outcomeOf = (result: Exchange, nowMs: number): AttemptOutcome => {
  if (result.kind === 'timed-out') return result;
  if (result.kind === 'failed') return { kind: 'unreachable', reason: reasonOf(result.error) };
  const { status, headers, body } = result;
  const seconds = retryAfterSeconds(headers['retry-after'], nowMs);
  const asks = receiverAsks(headers[CONTROL_HEADER]?.toString());
  return {
    kind: 'answered',
    status,
    body,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    ...(asks === undefined ? {} : { asks }),
  };
};

/** The code alone: messages of the system name addresses. */
export const reasonOf = ({ code = '' }: NodeJS.ErrnoException): string => {
  const what = code.startsWith('HPE_') ? 'the answer is not HTTP' : 'the connection failed';
  return REASONS[code] ?? `${what} (${code})`;
};

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name could not be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  EHOSTUNREACH: 'there is no way to the address',
  ENETUNREACH: 'there is no way to the address',
  ETIMEDOUT: 'the connection took too long',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not for this name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is signed by an authority that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes without those between it and its authority',
  HPE_HEADER_OVERFLOW: 'the headers of the answer are too large',
};
