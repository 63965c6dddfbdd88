import { isDestination } from '@fanfare/core/destinations/destination';
import type { EndpointRef } from '@fanfare/core/keys';
import { type Activation, urlDigest } from '@fanfare/events/activation';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { ExaminePorts } from './examination.ts';

/** What this use case needs from the outside. */
export type ActivatePorts = Pick<ExaminePorts, 'connect' | 'now'> & {
  /** The endpoint as it stands; `undefined` where it or its application is gone. */
  readonly findLiving: (ref: EndpointRef) => Promise<EndpointRecord | undefined>;
  /** Keeps what was found, if the endpoint stands with that URL and nothing newer is known of it. */
  readonly keepActivation: (ref: EndpointRef, url: string, found: Activation) => Promise<'kept' | 'superseded'>;
};

/** What came of an announcement that an endpoint has a URL which is new. */
export type Activated =
  | { readonly kind: 'found'; readonly found: Activation; readonly expiresSoon: boolean }
  /** It is somewhere else by now, or gone: what was found is about nothing that stands. */
  | { readonly kind: 'superseded' }
  /** What is asked for was found since it was announced: the announcement came again. */
  | { readonly kind: 'known' }
  | { readonly kind: 'gone' };

/** So many are left to whoever renews certificates by hand. */
const SOON_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * Examines an endpoint whose URL is new: whether its name leads to addresses that are allowed, whether somebody listens there,
 * and with which certificate. Nothing is sent, and whatever is found the endpoint stays enabled. `announcedAt` is in
 * milliseconds since 1970.
 */
export const activate = async (ref: EndpointRef, announcedAt: number, ports: ActivatePorts): Promise<Activated> => {
  const endpoint = await ports.findLiving(ref);
  if (endpoint === undefined) return { kind: 'gone' };
  if (isKnown(endpoint, announcedAt)) return { kind: 'known' };
  const found = await examined(endpoint.url, ports);
  const kept = await ports.keepActivation(ref, endpoint.url, found);
  if (kept === 'superseded') return { kind: 'superseded' };
  const { certificate, examinedAt } = found;
  return {
    kind: 'found',
    found,
    expiresSoon: certificate !== undefined && certificate.expiresAt < examinedAt + SOON_MS,
  };
};

const isKnown = ({ url, activation }: EndpointRecord, announcedAt: number): boolean =>
  activation !== undefined && activation.urlDigest === urlDigest(url) && activation.examinedAt >= announcedAt;

const examined = async (url: string, { connect, now }: ActivatePorts): Promise<Activation> => {
  if (isDestination(url)) return { ...SKIPPED, urlDigest: urlDigest(url), examinedAt: now() };
  const { ok, detail, certificate } = await connect(url);
  return {
    urlDigest: urlDigest(url),
    examinedAt: now(),
    outcome: ok ? 'reachable' : 'unreachable',
    detail,
    ...(certificate === undefined ? {} : { certificate }),
  };
};

/** An endpoint is there before the role that it is reached through, which names the external id that the endpoint shows. */
const SKIPPED = {
  outcome: 'skipped',
  detail: 'a resource of AWS: the first message shows whether it takes any',
} as const;
