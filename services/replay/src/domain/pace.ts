import type { VersionRecord } from '@fanfare/events/application-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';

/** How fast a replay may go. */
export type Pace = {
  /** Messages that one step sends at the most. */
  readonly most: number;
  readonly perSecond: number;
};

/** Of a rate that an endpoint or application is held to, this much; the rest is for what is accepted now. */
const SHARE_OF_RATE = 0.5;
/** So that few tasks wait for their slots, with what is accepted now behind them. */
const SECONDS_PER_STEP = 10;
export const LONGEST_STEP = 100;
const LONGEST_WAIT_SECONDS = 60;

/** `ratePerSecond` is what a replay takes where nobody set a lower rate. */
export const paceOf = (
  ratePerSecond: number,
  endpoint: Pick<EndpointRecord, 'throttleRate'>,
  application: Pick<VersionRecord, 'throttleRate'>,
): Pace => {
  const rates = [endpoint.throttleRate, application.throttleRate].filter((rate) => rate !== undefined);
  const perSecond = Math.min(ratePerSecond, ...rates.map((rate) => rate * SHARE_OF_RATE));
  return { perSecond, most: Math.min(LONGEST_STEP, Math.max(1, Math.floor(perSecond * SECONDS_PER_STEP))) };
};

/** Seconds until as many may follow. */
export const waitAfter = (sent: number, { perSecond }: Pace): number => Math.ceil(sent / perSecond);

/** Whole seconds until a time, so that neither a past nor a far one is waited for. */
export const waitUntil = (atMs: number, nowMs: number): number =>
  Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil((atMs - nowMs) / 1000)));
