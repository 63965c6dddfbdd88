import { json, noContent } from '@fanfare/core/http/answer';
import { forAnybody, type Route } from '@fanfare/core/http/route';
import { ok } from '@fanfare/core/result';

/** Whether the API answers. What it needs behind itself has alarms of its own: a health check that fails with it would only take the API down too. */
export const healthRoutes: Route[] = [
  forAnybody('GET /api/v1/health', async () => ok(json(200, { status: 'ok' }))),
  forAnybody('HEAD /api/v1/health', async () => ok({ ...json(200, {}), body: '' })),
  forAnybody('GET /api/v1/health/ping', async () => ok(noContent())),
  forAnybody('HEAD /api/v1/health/ping', async () => ok(noContent())),
];
