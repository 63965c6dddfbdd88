import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AttemptOutcome } from '../domain/next-step.ts';
import { CONTROL_HEADER, receiverAsks } from '../domain/receiver-asks.ts';
import { retryAfterSeconds } from '../domain/retry-after.ts';
import type { WebhookRequest } from '../domain/webhook-request.ts';
import { AddressNotAllowed, checkedLookup, type LookupAll } from './checked-lookup.ts';
import { type Exchange, type ExchangeLimits, exchange } from './http-exchange.ts';
import { webhookTarget } from './webhook-target.ts';

export const LIMITS: ExchangeLimits = {
  totalMs: 15_000,
  connectMs: 5_000,
  headerBytes: 16 * 1024,
  readBytes: 64 * 1024,
  keptBytes: 2 * 1024,
};

/** Connections that wait for more work: a function may have 1,024 open files. */
const MAX_IDLE = 200;
const IDLE_MS = 20_000;

type Config = {
  readonly isAllowed: (address: string) => boolean;
  readonly now: () => number;
  readonly limits?: ExchangeLimits;
  readonly lookup?: LookupAll;
  /** Connections that may wait for more work. */
  readonly maxIdle?: number;
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
  const { isAllowed, now, limits = LIMITS, maxIdle = MAX_IDLE } = config;
  const lookup = checkedLookup(isAllowed, config.lookup);
  const settings = { keepAlive: true, timeout: IDLE_MS };
  const agents = { plain: new PlainAgent(settings), secure: new SecureAgent({ ...settings, ca: config.ca }) };

  const send: WebhookSender['send'] = async ({ url, headers, body }) => {
    const target = webhookTarget(url);
    if (target === undefined) return { kind: 'unreachable', reason: 'the URL is neither http nor https' };
    // Node connects to an address without a look-up.
    if (isIP(target.options.hostname) !== 0 && !isAllowed(target.options.hostname)) return { kind: 'blocked' };
    const { isSecure, authorization } = target;
    const options = {
      ...target.options,
      method: 'POST',
      headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      lookup: lookup satisfies LookupFunction,
    };
    const startedAt = now();
    const agent = isSecure ? agents.secure : agents.plain;
    const first = await exchange(isSecure, { ...options, agent }, body, limits);
    if (first.kind !== 'failed' || !first.isStale) return outcomeOf(first, now());
    const totalMs = Math.max(0, limits.totalMs - (now() - startedAt));
    const fresh = { ...options, agent: false as const, ca: config.ca };
    return outcomeOf(await exchange(isSecure, fresh, body, { ...limits, totalMs }), now());
  };

  const trim = (): void => {
    const idle = Object.values(agents).flatMap(({ freeSockets }) => Object.values(freeSockets).flat());
    for (const socket of idle.slice(0, Math.max(0, idle.length - maxIdle))) socket?.destroy();
  };
  return { send, trim };
};

const outcomeOf = (result: Exchange, nowMs: number): AttemptOutcome => {
  if (result.kind === 'timed-out') return result;
  if (result.kind === 'failed') {
    if (result.error instanceof AddressNotAllowed) return { kind: 'blocked' };
    return { kind: 'unreachable', reason: reasonOf(result.error) };
  }
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
const reasonOf = ({ code = '' }: NodeJS.ErrnoException): string => {
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
  HPE_HEADER_OVERFLOW: 'the headers of the answer are too large',
};
