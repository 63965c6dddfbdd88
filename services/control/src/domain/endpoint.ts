import { laterThan } from '@fanfare/core/later-than';
import { urlDigest } from '@fanfare/events/activation';
import type { EndpointRecord, EndpointSecret } from '@fanfare/events/endpoint-record';
import { metadataView } from './endpoint-order.ts';
import { type Patch, patched, sameSettings } from './patch.ts';
import { epochSeconds, TOMBSTONE_SECONDS } from './time.ts';

/** What a caller decides about an endpoint, and the table keeps as it is. */
type KeptSettings = Pick<
  EndpointRecord,
  'url' | 'description' | 'uid' | 'version' | 'disabled' | 'eventTypes' | 'channels' | 'throttleRate' | 'metadata'
>;

/** What a caller decides about an endpoint. */
export type EndpointSettings = KeptSettings & {
  /** Whether it gets the messages of an ordering key one after the other; absent like `false`. */
  readonly ordered?: boolean | undefined;
};

/** `sinceVersion` is the application's version from which on it gets messages. */
export const newEndpoint = (
  id: string,
  settings: EndpointSettings,
  secret: EndpointSecret,
  sinceVersion: number,
  nowMs: number,
): EndpointRecord => {
  const createdAt = new Date(nowMs).toISOString();
  const kept = keptSettings(settings);
  const ordered = settings.ordered === true ? { orderedSince: nowMs } : {};
  return {
    kind: 'endpoint',
    id,
    ...kept,
    ...ordered,
    secrets: [secret],
    sinceVersion,
    createdAt,
    updatedAt: createdAt,
  };
};

/** The endpoint with other settings; the very same one when they say nothing new, so that nothing needs writing. */
export const withSettings = (current: EndpointRecord, settings: EndpointSettings, nowMs: number): EndpointRecord =>
  sameSettings(settingsOf(current), { ...keptSettings(settings), ordered: settings.ordered ?? false })
    ? current
    : {
        ...healthAfter(current, settings),
        ...keptSettings(settings),
        orderedSince: settings.ordered === true ? (current.orderedSince ?? nowMs) : undefined,
        updatedAt: laterThan(current.updatedAt, nowMs),
      };

/** An endpoint that is enabled again, or is somewhere else now, begins anew: nothing is held against it. */
const healthAfter = (current: EndpointRecord, { disabled, url }: EndpointSettings): EndpointRecord => {
  if (disabled || (!current.disabled && url === current.url)) return current;
  const { failingSince: _, disabledReason: __, ...fresh } = current;
  return fresh;
};

export const withPatch = (current: EndpointRecord, patch: Patch<EndpointSettings>, nowMs: number): EndpointRecord =>
  withSettings(current, patched(settingsOf(current), patch), nowMs);

export const withSecrets = (
  current: EndpointRecord,
  secrets: readonly EndpointSecret[],
  nowMs: number,
): EndpointRecord => ({ ...current, secrets: [...secrets], updatedAt: laterThan(current.updatedAt, nowMs) });

/** The endpoint with other headers of its own, sealed; `undefined` for none. */
export const withHeaders = (
  current: EndpointRecord,
  headers: Uint8Array | undefined,
  nowMs: number,
): EndpointRecord => ({ ...current, headers, updatedAt: laterThan(current.updatedAt, nowMs) });

/** What is left of a deleted endpoint: listings of its attempts can still name it, nothing can be signed or ordered for it. */
export const tombstoneOf = (current: EndpointRecord, nowMs: number): EndpointRecord => {
  const deletedAt = laterThan(current.updatedAt, nowMs);
  return {
    ...current,
    secrets: [],
    headers: undefined,
    orderedSince: undefined,
    orderedVersion: undefined,
    orderedUntilVersion: undefined,
    updatedAt: deletedAt,
    deletedAt,
    expiresAt: epochSeconds(nowMs) + TOMBSTONE_SECONDS,
  };
};

const settingsOf = (endpoint: EndpointRecord): EndpointSettings => ({
  ...keptSettings(endpoint),
  ordered: endpoint.orderedSince !== undefined,
});

/** Every setting by name: one that is cleared is there as `undefined`, and so replaces what it was. */
const keptSettings = (from: KeptSettings): KeptSettings => ({
  url: from.url,
  description: from.description,
  uid: from.uid,
  version: from.version,
  disabled: from.disabled,
  eventTypes: from.eventTypes,
  channels: from.channels,
  throttleRate: from.throttleRate,
  metadata: from.metadata,
});

/** The endpoint as the API shows it, to both generations of client libraries. It holds no secret. */
export const endpointView = (endpoint: EndpointRecord) => {
  const { uid = null, eventTypes = null, channels = null, throttleRate = null } = endpoint;
  return {
    id: endpoint.id,
    description: endpoint.description,
    url: endpoint.url,
    uid,
    version: endpoint.version,
    disabled: endpoint.disabled,
    eventTypes,
    filterTypes: eventTypes,
    channels,
    rateLimit: throttleRate,
    throttleRate,
    metadata: metadataView(endpoint),
    ordered: endpoint.orderedSince !== undefined,
    activation: activationView(endpoint),
    createdAt: endpoint.createdAt,
    updatedAt: endpoint.updatedAt,
  };
};

/** What was found of the URL that it has now; `null` where nothing is known of it, or not yet. */
const activationView = ({ url, activation }: EndpointRecord) => {
  if (activation === undefined || activation.urlDigest !== urlDigest(url)) return null;
  const { outcome, detail, examinedAt, certificate } = activation;
  return {
    outcome,
    detail,
    examinedAt: new Date(examinedAt).toISOString(),
    certificate:
      certificate === undefined
        ? null
        : { issuer: certificate.issuer, expiresAt: new Date(certificate.expiresAt).toISOString() },
  };
};
