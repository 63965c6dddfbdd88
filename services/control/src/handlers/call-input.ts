import { createHash } from 'node:crypto';
import type { Refusal } from '@fanfare/core/http/answer';
import type { PrincipalCall } from '@fanfare/core/http/route';
import { err, ok, type Result } from '@fanfare/core/result';
import type { EndpointTarget } from '../domain/change-endpoint.ts';
import type { NamedEndpoint } from '../domain/endpoints.ts';
import type { CallIdentity } from '../domain/idempotency.ts';

/**
 * What a repeat of this call is known by; `undefined` without an idempotency key. The same key with another path, query
 * or caller is another call; the body is what must not change.
 */
export const identityOf = (call: PrincipalCall): CallIdentity | undefined => {
  const key = call.headers['idempotency-key'];
  if (key === undefined || key === '') return undefined;
  const { principal, method, path, rawQuery, body } = call;
  const who = principal.kind === 'application' ? principal.appId : principal.orgId;
  return {
    orgId: principal.orgId,
    keyHash: digest([method, path, rawQuery, who, key].join('\n')),
    fingerprint: digest(body),
  };
};

/** 128 bits are enough against accident, and the item pays for every byte. */
const digest = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');

export const targetOf = (call: PrincipalCall): EndpointTarget => ({
  principal: call.principal,
  application: call.parameters.app_id ?? '',
  ...(call.method === 'POST' && { call: identityOf(call) }),
});

export const namedEndpoint = (call: PrincipalCall): NamedEndpoint => ({
  ...targetOf(call),
  endpoint: call.parameters.endpoint_id ?? '',
});

/** A switch in the query string; off when it is absent. */
export const flag = (call: PrincipalCall, name: string): Result<boolean, Refusal> => {
  const value = call.query[name] ?? 'false';
  if (value === 'true' || value === 'false') return ok(value === 'true');
  return err({ kind: 'malformed', detail: `The query parameter "${name}" must be true or false.` });
};
