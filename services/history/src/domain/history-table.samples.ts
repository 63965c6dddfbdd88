import { randomBytes } from 'node:crypto';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import {
  type ApplicationRef,
  applicationUidKey,
  attemptIndexKey,
  attemptKey,
  endpointKey,
  endpointUidKey,
  eventIdKey,
  messageKey,
  statisticsKey,
  usageKey,
  versionKey,
} from '@fanfare/core/keys';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { Statistics } from '@fanfare/events/statistics-record';
import type { Usage } from '@fanfare/events/usage-record';

/** An item as it stands in the table. */
export type Item = { readonly PK: string; readonly SK: string } & Record<string, unknown>;

export const NOW_MS = Date.parse('2026-11-23T12:00:00.000Z');
/** Far enough that no table deletes a sample, whenever the tests run. */
const NOT_SOON_SECONDS = Date.parse('2100-01-01T00:00:00.000Z') / 1000;

export const newId = (prefix: 'org' | 'app' | 'ep' | 'msg' | 'atmpt', atMs = NOW_MS): string =>
  mintId(prefix, atMs, randomBytes(RANDOM_BYTES));

export const newApplication = (): ApplicationRef => ({ orgId: newId('org'), appId: newId('app') });

/** What other services left in the table for one application; each builder answers the items of one thing. */
export const samplesOf = (application: ApplicationRef) => {
  const applicationItems = (uid: string, more: object = {}): Item[] => [
    { ...versionKey(application), kind: 'application-version', version: 1, uid, ...more },
    { ...applicationUidKey(application.orgId, uid), kind: 'application-uid', appId: application.appId },
  ];

  const endpoint = (endpointId: string, more: Partial<EndpointRecord> = {}): Item[] => {
    const record: EndpointRecord = {
      ...{ kind: 'endpoint', id: endpointId, url: 'https://example.com/hook', description: '', version: 1 },
      ...{ disabled: false, metadata: {}, secrets: [], sinceVersion: 1 },
      ...{ createdAt: '2026-11-01T00:00:00.000Z', updatedAt: '2026-11-02T00:00:00.000Z' },
      ...more,
    };
    const owner = more.uid === undefined ? [] : [{ ...endpointUidKey(application, more.uid), endpointId }];
    return [{ ...endpointKey({ ...application, endpointId }), ...record }, ...owner];
  };

  const message = (messageId: string, more: Partial<MessageRecord> & { body?: string } = {}): Item[] => {
    const { body = '{"price":1.50}', ...given } = more;
    const record: MessageRecord = {
      ...{
        kind: 'message',
        eventType: 'user.created',
        encoding: 'identity',
        appVersion: 1,
        correlationId: 'request-1',
      },
      payload: new TextEncoder().encode(body),
      acceptedAt: NOW_MS,
      payloadExpiresAt: NOT_SOON_SECONDS,
      expiresAt: NOT_SOON_SECONDS,
      ...given,
    };
    const owner = given.eventId === undefined ? [] : [{ ...eventIdKey(application, given.eventId), messageId }];
    return [{ ...messageKey({ ...application, messageId }), ...record }, ...owner];
  };

  const attempt = (
    messageId: string,
    endpointId: string,
    number: number,
    more: Partial<AttemptRecord> = {},
  ): Item[] => {
    const record: AttemptRecord = {
      ...{ kind: 'attempt', id: newId('atmpt', NOW_MS + number), attempt: number, trigger: 'scheduled' },
      ...{ succeeded: true, outcome: 'answered', responseStatusCode: 200, response: 'ok', responseDurationMs: 12 },
      ...{ url: 'https://example.com/hook', eventType: 'user.created' },
      attemptedAt: NOW_MS,
      expiresAt: NOT_SOON_SECONDS,
      ...more,
    };
    const ref = { ...application, messageId, endpointId };
    return [{ ...attemptKey({ ...ref, attempt: number }), ...attemptIndexKey(ref, record.id), ...record }];
  };

  const counted = (endpointId: string, hour: string, counts: Partial<Statistics>, shard = 'shard-1'): Item[] => [
    {
      ...statisticsKey({ ...application, endpointId, hour, shard }),
      ...{ kind: 'statistics', lastSequence: '1', expiresAt: NOT_SOON_SECONDS },
      ...counts,
    },
  ];

  const used = (hour: string, counts: Partial<Usage>, shard = 'shard-1'): Item[] => [
    {
      ...usageKey({ ...application, hour, shard }),
      ...{ kind: 'usage', lastSequence: '1', expiresAt: NOT_SOON_SECONDS },
      ...counts,
    },
  ];

  return { applicationItems, endpoint, message, attempt, counted, used };
};
