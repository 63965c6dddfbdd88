import { json } from '@fanfare/core/http/answer';
import { forOrganisation, type Route } from '@fanfare/core/http/route';
import { ok } from '@fanfare/core/result';
import { applicationFor } from '../domain/scope.ts';
import { type UsagePorts, usageByHour, usageOfApplications } from '../domain/usage.ts';
import { usageBody, usageHoursQuery } from '../domain/usage-query.ts';

const USAGE = '/api/v1/stats/usage/app';

/** What applications used. An application's own portal is not told: it is what an organisation pays for. */
export const usageRoutes = (ports: UsagePorts): Route[] => [
  forOrganisation(`POST ${USAGE}`, async ({ body, principal }) => {
    const query = usageBody(body, ports.now());
    if (!query.ok) return query;
    const counted = await usageOfApplications(principal.orgId, query.value, ports);
    return counted.ok ? ok(json(200, counted.value)) : counted;
  }),
  forOrganisation(`GET ${USAGE}/:app_id`, async ({ rawQuery, parameters, principal }) => {
    const hours = usageHoursQuery(rawQuery, ports.now());
    if (!hours.ok) return hours;
    const application = await applicationFor(principal, parameters.app_id ?? '', ports);
    if (!application.ok) return application;
    const counted = await usageByHour(application.value, hours.value, ports);
    return counted.ok ? ok(json(200, { data: counted.value })) : counted;
  }),
];
