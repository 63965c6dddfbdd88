import { laterThan } from '@fanfare/core/later-than';
import type { ApplicationRecord } from '@fanfare/events/application-record';
import { retentionShown } from './application-retention.ts';
import { type Patch, patched, sameSettings } from './patch.ts';

/** What a caller decides about an application. */
export type ApplicationSettings = Pick<
  ApplicationRecord,
  'name' | 'uid' | 'throttleRate' | 'payloadRetentionDays' | 'metadata'
>;

export const newApplication = (id: string, settings: ApplicationSettings, nowMs: number): ApplicationRecord => {
  const createdAt = new Date(nowMs).toISOString();
  return { kind: 'application', id, ...settings, createdAt, updatedAt: createdAt };
};

/** The application with other settings; the very same one when they say nothing new, so that nothing needs writing. */
export const withSettings = (
  current: ApplicationRecord,
  settings: ApplicationSettings,
  nowMs: number,
): ApplicationRecord =>
  sameSettings(settingsOf(current), settingsOf(settings))
    ? current
    : { ...current, ...settingsOf(settings), updatedAt: laterThan(current.updatedAt, nowMs) };

export const withPatch = (
  current: ApplicationRecord,
  patch: Patch<ApplicationSettings>,
  nowMs: number,
): ApplicationRecord => withSettings(current, patched(settingsOf(current), patch), nowMs);

/** Every setting by name: one that is cleared is there as `undefined`, and so replaces what it was. */
const settingsOf = ({
  name,
  uid,
  throttleRate,
  payloadRetentionDays,
  metadata,
}: ApplicationSettings): ApplicationSettings => ({ name, uid, throttleRate, payloadRetentionDays, metadata });

/** The application as the API shows it, to both generations of client libraries. */
export const applicationView = ({
  id,
  name,
  uid,
  throttleRate,
  payloadRetentionDays,
  metadata,
  createdAt,
  updatedAt,
}: ApplicationRecord) => ({
  id,
  name,
  ...(uid === undefined ? {} : { uid }),
  ...(throttleRate === undefined ? {} : { rateLimit: throttleRate }),
  throttleRate: throttleRate ?? null,
  payloadRetentionPeriod: payloadRetentionDays ?? null,
  metadata: retentionShown(metadata, payloadRetentionDays),
  createdAt,
  updatedAt,
});
