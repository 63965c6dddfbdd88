import { pageRequest } from '@fanfare/core/http/page';
import { forPortal, type Route } from '@fanfare/core/http/route';
import type { EndpointPorts } from '../domain/change-endpoint.ts';
import { getHeaders, patchHeaders, putHeaders } from '../domain/endpoint-headers.ts';
import { readEndpoint, readEndpointCreation, readEndpointPatch } from '../domain/endpoint-input.ts';
import { getSecret, rotateSecret } from '../domain/endpoint-secrets.ts';
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  patchEndpoint,
  putEndpoint,
} from '../domain/endpoints.ts';
import { readHeaders, readHeadersPatch } from '../domain/headers-input.ts';
import { readRotation } from '../domain/secret-input.ts';
import { namedEndpoint, targetOf } from './call-input.ts';

const ALL = '/api/v1/app/:app_id/endpoint';
const ONE = `${ALL}/:endpoint_id` as const;

export const endpointRoutes = (ports: EndpointPorts): Route[] => [
  forPortal(`GET ${ALL}`, async (call) => {
    const request = pageRequest(call.query);
    return request.ok ? listEndpoints(targetOf(call), request.value, ports) : request;
  }),

  forPortal(`POST ${ALL}`, async (call) => {
    const given = readEndpointCreation(call.body);
    return given.ok ? createEndpoint(targetOf(call), given.value, ports) : given;
  }),

  forPortal(`GET ${ONE}`, (call) => getEndpoint(namedEndpoint(call), ports)),

  forPortal(`PUT ${ONE}`, async (call) => {
    const settings = readEndpoint(call.body);
    return settings.ok ? putEndpoint(namedEndpoint(call), settings.value, ports) : settings;
  }),

  forPortal(`PATCH ${ONE}`, async (call) => {
    const patch = readEndpointPatch(call.body);
    return patch.ok ? patchEndpoint(namedEndpoint(call), patch.value, ports) : patch;
  }),

  forPortal(`DELETE ${ONE}`, (call) => deleteEndpoint(namedEndpoint(call), ports)),

  forPortal(`GET ${ONE}/headers`, (call) => getHeaders(namedEndpoint(call), ports)),

  forPortal(`PUT ${ONE}/headers`, async (call) => {
    const given = readHeaders(call.body);
    return given.ok ? putHeaders(namedEndpoint(call), given.value.headers, ports) : given;
  }),

  forPortal(`PATCH ${ONE}/headers`, async (call) => {
    const patch = readHeadersPatch(call.body);
    return patch.ok ? patchHeaders(namedEndpoint(call), patch.value, ports) : patch;
  }),

  forPortal(`GET ${ONE}/secret`, (call) => getSecret(namedEndpoint(call), ports)),

  forPortal(`POST ${ONE}/secret/rotate`, async (call) => {
    const rotation = readRotation(call.body);
    return rotation.ok ? rotateSecret(namedEndpoint(call), rotation.value, ports) : rotation;
  }),
];
