import type { FoundApplication } from '@fanfare/core/find-application';
import { type Answer, json, noContent, type Refusal } from '@fanfare/core/http/answer';
import { type PageRequest, pageOf } from '@fanfare/core/http/page';
import { err, ok, type Result } from '@fanfare/core/result';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import {
  changeEndpoint,
  type Decision,
  type EndpointPorts,
  type EndpointTarget,
  findEndpoint,
  NO_ENDPOINT,
} from './change-endpoint.ts';
import { type EndpointSettings, endpointView, newEndpoint, tombstoneOf, withPatch, withSettings } from './endpoint.ts';
import { settled } from './endpoint-destination.ts';
import { sealedHeaders } from './endpoint-headers.ts';
import type { EndpointCreation } from './endpoint-input.ts';
import { refusedOrder } from './endpoint-order.ts';
import { findOwnApplication } from './own-application.ts';
import type { Patch } from './patch.ts';
import { refusedUrl } from './refused-url.ts';

/** An endpoint that is there already, or is to be. */
export type NamedEndpoint = EndpointTarget & { readonly endpoint: string };
type Outcome = Promise<Result<Answer, Refusal>>;

/** Makes an endpoint. It gets every message that is accepted after this is answered, and none from before. */
export const createEndpoint = (target: EndpointTarget, given: EndpointCreation, ports: EndpointPorts): Outcome => {
  const make = maker(given, ports);
  return changeEndpoint(target, ports, async (_before, application) => make(application));
};

/** Replaces an endpoint's settings, or makes one when there is none by that name. */
export const putEndpoint = (target: NamedEndpoint, settings: EndpointSettings, ports: EndpointPorts): Outcome => {
  const make = maker({ settings, secret: undefined }, ports);
  return changeEndpoint(target, ports, async (before, application) => {
    if (before === undefined) return make(application);
    const given = settled(settings, application, ports.destinations);
    return given.ok ? changed(before, withSettings(before, given.value, ports.now()), ports) : given;
  });
};

/** Changes some of an endpoint's settings. */
export const patchEndpoint = (target: NamedEndpoint, patch: Patch<EndpointSettings>, ports: EndpointPorts): Outcome =>
  changeEndpoint(target, ports, async (before, application) => {
    if (before === undefined) return err(NO_ENDPOINT);
    const given = settled(patch, application, ports.destinations);
    return given.ok ? changed(before, withPatch(before, given.value, ports.now()), ports) : given;
  });

/** Deletes an endpoint: a tombstone without secrets stays for those who list its attempts, its uid is free. */
export const deleteEndpoint = (target: NamedEndpoint, ports: EndpointPorts): Outcome =>
  changeEndpoint(target, ports, async (before) =>
    before === undefined ? err(NO_ENDPOINT) : ok({ after: tombstoneOf(before, ports.now()), answer: noContent() }),
  );

export const getEndpoint = async (target: NamedEndpoint, ports: EndpointPorts): Outcome => {
  const found = await findEndpoint(target, ports);
  return found.ok ? ok(json(200, endpointView(found.value.endpoint))) : found;
};

export const listEndpoints = async (target: EndpointTarget, request: PageRequest, ports: EndpointPorts): Outcome => {
  const application = await findOwnApplication(target.principal, target.application, ports.findApplication);
  if (!application.ok) return application;
  const rows = await ports.listEndpoints(application.value, request);
  return ok(
    json(
      200,
      pageOf(rows.map(endpointView), request, ({ id }) => id),
    ),
  );
};

/** A URL that stays as it was has been checked before, and is again at each attempt. */
const changed = async (
  before: EndpointRecord,
  after: EndpointRecord,
  { urlRules }: EndpointPorts,
): Promise<Result<Decision, Refusal>> => {
  const refusal = refusedOrder(after) ?? (before.url === after.url ? undefined : await refusedUrl(after.url, urlRules));
  return refusal === undefined ? decided(200, after) : err(refusal);
};

/** Makes the same endpoint however often it has to be tried: the same id, the same secret. */
const maker = ({ settings, secret, headers = {} }: EndpointCreation, ports: EndpointPorts) => {
  const nowMs = ports.now();
  const id = ports.mintEndpointId(nowMs);
  const chosen = secret?.bytes === undefined ? ports.makeSecret(secret?.type) : secret;
  return async (application: FoundApplication): Promise<Result<Decision, Refusal>> => {
    const given = settled(settings, application, ports.destinations);
    if (!given.ok) return given;
    const refusal = await refusedUrl(given.value.url, ports.urlRules);
    if (refusal !== undefined) return err(refusal);
    const { orgId, appId, version } = application;
    const ref = { orgId, appId, endpointId: id };
    const made = newEndpoint(id, given.value, await ports.seal(ref, chosen), version + 1, nowMs);
    const unordered = refusedOrder(made);
    if (unordered !== undefined) return err(unordered);
    const sealed = await sealedHeaders(ref, headers, ports);
    return decided(201, sealed === undefined ? made : { ...made, headers: sealed });
  };
};

const decided = (status: 200 | 201, after: EndpointRecord): Result<Decision, Refusal> =>
  ok({ after, answer: json(status, endpointView(after)) });
