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
import type { EndpointCreation } from './endpoint-input.ts';
import { findOwnApplication } from './own-application.ts';
import type { Patch } from './patch.ts';

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
    return given.ok ? decided(200, withSettings(before, given.value, ports.now())) : given;
  });
};

/** Changes some of an endpoint's settings. */
export const patchEndpoint = (target: NamedEndpoint, patch: Patch<EndpointSettings>, ports: EndpointPorts): Outcome =>
  changeEndpoint(target, ports, async (before, application) => {
    if (before === undefined) return err(NO_ENDPOINT);
    const given = settled(patch, application, ports.destinations);
    return given.ok ? decided(200, withPatch(before, given.value, ports.now())) : given;
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

/** Makes the same endpoint however often it has to be tried: the same id, the same secret. */
const maker = ({ settings, secret }: EndpointCreation, ports: EndpointPorts) => {
  const nowMs = ports.now();
  const id = ports.mintEndpointId(nowMs);
  const bytes = secret ?? ports.makeSecret();
  return async (application: FoundApplication): Promise<Result<Decision, Refusal>> => {
    const given = settled(settings, application, ports.destinations);
    if (!given.ok) return given;
    const { orgId, appId, version } = application;
    const sealed = await ports.seal({ orgId, appId, endpointId: id }, bytes);
    return decided(201, newEndpoint(id, given.value, sealed, version + 1, nowMs));
  };
};

const decided = (status: 200 | 201, after: EndpointRecord): Result<Decision, Refusal> =>
  ok({ after, answer: json(status, endpointView(after)) });
