import { pageRequest } from '@fanfare/core/http/page';
import { forOrganisation, forPortal, type Route } from '@fanfare/core/http/route';
import { readApplication, readApplicationPatch } from '../domain/application-input.ts';
import {
  type ApplicationPorts,
  createApplication,
  getApplication,
  listApplications,
  patchApplication,
  putApplication,
} from '../domain/applications.ts';
import { type DeleteApplicationPorts, deleteApplication } from '../domain/delete-application.ts';
import { flag, identityOf } from './call-input.ts';

export const applicationRoutes = (ports: ApplicationPorts & DeleteApplicationPorts): Route[] => [
  forOrganisation('GET /api/v1/app', async ({ principal, query }) => {
    const request = pageRequest(query);
    return request.ok ? listApplications(principal.orgId, request.value, ports) : request;
  }),

  forOrganisation('POST /api/v1/app', async (call) => {
    const getIfExists = flag(call, 'get_if_exists');
    if (!getIfExists.ok) return getIfExists;
    const settings = readApplication(call.body);
    if (!settings.ok) return settings;
    const options = { getIfExists: getIfExists.value, call: identityOf(call) };
    return createApplication(call.principal.orgId, settings.value, options, ports);
  }),

  forPortal('GET /api/v1/app/:app_id', ({ principal, parameters }) =>
    getApplication(principal, parameters.app_id ?? '', ports),
  ),

  forOrganisation('PUT /api/v1/app/:app_id', async ({ principal, parameters, body }) => {
    const settings = readApplication(body);
    return settings.ok ? putApplication(principal.orgId, parameters.app_id ?? '', settings.value, ports) : settings;
  }),

  forOrganisation('PATCH /api/v1/app/:app_id', async ({ principal, parameters, body }) => {
    const patch = readApplicationPatch(body);
    return patch.ok ? patchApplication(principal.orgId, parameters.app_id ?? '', patch.value, ports) : patch;
  }),

  forOrganisation('DELETE /api/v1/app/:app_id', ({ principal, parameters }) =>
    deleteApplication(principal.orgId, parameters.app_id ?? '', ports),
  ),
];
