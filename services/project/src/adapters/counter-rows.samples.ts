import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { StatisticsRow } from '../domain/tally.ts';
import type { UsageRow } from '../domain/usage-tally.ts';
import { STATISTICS } from './statistics-counters.ts';
import { USAGE } from './usage-counters.ts';

const newId = (prefix: 'org' | 'app' | 'ep') => mintId(prefix, Date.now(), randomBytes(RANDOM_BYTES));
const newApplication = () => ({ orgId: newId('org'), appId: newId('app') });
const thisHour = () => new Date().toISOString().slice(0, 13);
const ANOTHER_HOUR = new Date(Date.now() - 26 * 60 * 60 * 1000).toISOString().slice(0, 13);

export const statisticsRows = {
  counters: STATISTICS,
  counts: ['delivered', 'failed', 'exhausted', 'waiting'] as const,
  newRow: (): StatisticsRow => ({ endpoint: { ...newApplication(), endpointId: newId('ep') }, hour: thisHour() }),
  apartFrom: ({ endpoint, hour }: StatisticsRow): StatisticsRow[] => [
    { endpoint, hour: ANOTHER_HOUR },
    { endpoint: { ...endpoint, endpointId: `${endpoint.endpointId}x` }, hour },
    { endpoint: { ...endpoint, appId: `${endpoint.appId}x` }, hour },
    { endpoint: { ...endpoint, orgId: `${endpoint.orgId}x` }, hour },
  ],
};

export const usageRows = {
  counters: USAGE,
  counts: ['messages', 'bytes', 'attempts'] as const,
  newRow: (): UsageRow => ({ application: newApplication(), hour: thisHour() }),
  apartFrom: ({ application, hour }: UsageRow): UsageRow[] => [
    { application, hour: ANOTHER_HOUR },
    { application: { ...application, appId: `${application.appId}x` }, hour },
    { application: { ...application, orgId: `${application.orgId}x` }, hour },
  ],
};
