import type { Principal } from '@fanfare/core/auth/token';
import type { DestinationRules } from '@fanfare/core/destinations/reachable';
import type { FindApplication, FoundApplication } from '@fanfare/core/find-application';
import type { Answer, Refusal } from '@fanfare/core/http/answer';
import type { EndpointRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { CustomHeaders } from '@fanfare/events/custom-headers';
import type { EndpointRecord, EndpointSecret } from '@fanfare/events/endpoint-record';
import { withOrder } from './endpoint-order.ts';
import { withSelection } from './endpoint-selection.ts';
import type { EndpointStore } from './endpoint-store.ts';
import { type AnswerPorts, answerOnce, type CallIdentity } from './idempotency.ts';
import { findOwnApplication } from './own-application.ts';
import type { UrlRules } from './refused-url.ts';
import type { Secret, SecretType } from './secret.ts';

export type EndpointPorts = EndpointStore &
  AnswerPorts & {
    readonly findApplication: FindApplication;
    readonly urlRules: UrlRules;
    readonly destinations: DestinationRules;
    readonly mintEndpointId: (atMs: number) => string;
    readonly makeSecret: (type: SecretType) => Secret;
    readonly seal: (ref: EndpointRef, secret: Secret) => Promise<EndpointSecret>;
    readonly open: (ref: EndpointRef, stored: EndpointSecret) => Promise<Secret>;
    readonly sealHeaders: (ref: EndpointRef, headers: CustomHeaders) => Promise<Uint8Array>;
    readonly openHeaders: (ref: EndpointRef, sealed: Uint8Array) => Promise<CustomHeaders>;
  };

export const NO_ENDPOINT: Refusal = { kind: 'not-found', detail: 'There is no such endpoint.' };
const UID_TAKEN: Refusal = { kind: 'conflict', detail: 'Another endpoint of this application has this uid.' };

/** Which endpoint is to be changed, by whom. */
export type EndpointTarget = {
  readonly principal: Principal;
  readonly application: string;
  /** Absent where one is to be made. */
  readonly endpoint?: string;
  readonly call?: CallIdentity | undefined;
};

/** What is to stand afterwards, and what is answered then. `after` is `before` itself when nothing changes. */
export type Decision = { readonly after: EndpointRecord; readonly answer: Answer };

export type Decide = (
  before: EndpointRecord | undefined,
  application: FoundApplication,
) => Promise<Result<Decision, Refusal>>;

/**
 * Changes or makes an endpoint: reads, decides and writes, again with fresh data as long as other changes of the same
 * application come between. The version is read before the endpoint, never with it: a change that is not in the endpoint
 * that was read has then raised the version that the write is conditional on.
 */
export const changeEndpoint = (
  { principal, application, endpoint, call }: EndpointTarget,
  ports: EndpointPorts,
  decide: Decide,
): Promise<Result<Answer, Refusal>> =>
  answerOnce(call, ports, async (keep) => {
    const seen = await findOwnApplication(principal, application, ports.findApplication);
    if (!seen.ok) return seen;
    const before = endpoint === undefined ? undefined : await ports.getEndpoint(seen.value, endpoint);
    const decision = await decide(before, seen.value);
    if (!decision.ok) return decision;
    const { after, answer } = decision.value;
    if (after === before) return ok(answer);

    const { version } = seen.value;
    const next = version + 1;
    const noted = withOrder(before, withSelection(before, after, next), next);
    const change = { seen: version, after: noted, ...(before && { before }) };
    const saved = await ports.saveEndpoint(seen.value, change, keep(answer));
    if (saved === 'lost-race') return 'lost-race';
    return saved === 'saved' ? ok(answer) : err(UID_TAKEN);
  });

/** Reads an endpoint that the caller may see. */
export const findEndpoint = async (
  { principal, application, endpoint }: EndpointTarget & { readonly endpoint: string },
  ports: EndpointPorts,
): Promise<Result<{ readonly ref: EndpointRef; readonly endpoint: EndpointRecord }, Refusal>> => {
  const seen = await findOwnApplication(principal, application, ports.findApplication);
  if (!seen.ok) return seen;
  const found = await ports.getEndpoint(seen.value, endpoint);
  if (found === undefined) return err(NO_ENDPOINT);
  const { orgId, appId } = seen.value;
  return ok({ ref: { orgId, appId, endpointId: found.id }, endpoint: found });
};
