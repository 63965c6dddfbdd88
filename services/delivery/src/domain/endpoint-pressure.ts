import type { EndpointRecord, OpenBreaker } from '@fanfare/events/endpoint-record';
import type { AttemptOutcome } from './next-step.ts';
import type { PressureSettings } from './pressure-settings.ts';

/** What one attempt says about its endpoint. */
export type Observation = {
  readonly endpoint: EndpointRecord;
  /** Of organisation, application and endpoint. */
  readonly key: string;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
  readonly isProbe: boolean;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
};

/** What changes for an endpoint and is worth a write. */
export type Transition =
  | { readonly kind: 'pause'; readonly until: number }
  | { readonly kind: 'open-breaker'; readonly breaker: OpenBreaker; readonly seen: OpenBreaker | undefined }
  | { readonly kind: 'close-breaker'; readonly seen: OpenBreaker }
  | { readonly kind: 'slow'; readonly since: number }
  | { readonly kind: 'quick' };

/** What was counted of the URL that it had then. */
type Health = { readonly url: string; failures: number; failedAt: number; slow: number; quick: number };

/** About 150 bytes each. */
const MAX_ENDPOINTS = 10_000;
/** Slow answers more than quick ones, by which an endpoint counts as slow. */
const SLOW_ANSWERS = 5;
/** Quick answers in a row, by which it does not any more. */
const QUICK_ANSWERS = 20;
/** A pause this little longer is not worth a write. */
const PAUSE_STEP_MS = 1_000;
/** What an endpoint may ask for. Longer is what the breaker is for. */
const LONGEST_PAUSE_MS = 10 * 60_000;
const JITTER = 0.2;
/** Failures by which one environment opens the breaker of an endpoint that nobody has had a success from. */
const FAILURES_OF_A_DEAD_ENDPOINT = 2;
/** As long as they are no further apart than this: what comes more seldom costs less than opening and closing. */
const FAILURES_APART_MS = 2 * 60_000;

const THROTTLING = [429, 502, 504];

/**
 * Counts what this execution environment sees of endpoints, and says when something has changed. An endpoint that answers
 * quickly is not remembered at all: a success costs one look-up and no write.
 */
export const endpointPressure = (settings: PressureSettings): ((observation: Observation) => readonly Transition[]) => {
  const seen = new Map<string, Health>();

  const healthOf = (key: string, url: string): Health => {
    const known = seen.get(key);
    const isNew = known?.url !== url;
    const health = isNew ? { url, failures: 0, failedAt: Number.NEGATIVE_INFINITY, slow: 0, quick: 0 } : known;
    seen.delete(key); // what was seen last is forgotten last
    seen.set(key, health);
    const oldest = seen.size > MAX_ENDPOINTS ? seen.keys().next().value : undefined;
    if (oldest !== undefined) seen.delete(oldest);
    return health;
  };

  return (observation) => {
    const { key, endpoint, outcome, durationMs } = observation;
    if (outcome.kind === 'refused') return [];
    const isSlow = outcome.kind === 'timed-out' || durationMs >= settings.slowMilliseconds;
    const isAlive = outcome.kind === 'answered' && outcome.status < 500;
    if (isAlive && !isSlow && endpoint.slowSince === undefined && endpoint.breaker === undefined && !seen.has(key)) {
      return pauseOf(observation, settings);
    }
    const health = healthOf(key, endpoint.url);
    const transitions = [
      ...pauseOf(observation, settings),
      ...breakerOf(health, isAlive, observation, settings),
      ...paceOf(health, isSlow, isAlive, observation),
    ];
    if (health.failures === 0 && health.slow === 0 && endpoint.slowSince === undefined) seen.delete(key);
    return transitions;
  };
};

const pauseOf = (
  { outcome, endpoint, nowMs }: Observation,
  { pauseSeconds }: PressureSettings,
): readonly Transition[] => {
  if (outcome.kind !== 'answered' || !THROTTLING.includes(outcome.status)) return [];
  const askedMs = (outcome.retryAfterSeconds ?? pauseSeconds) * 1000;
  const until = Math.ceil(nowMs + Math.min(Math.max(askedMs, 1_000), LONGEST_PAUSE_MS));
  return until < (endpoint.pausedUntil ?? 0) + PAUSE_STEP_MS ? [] : [{ kind: 'pause', until }];
};

const breakerOf = (
  health: Health,
  isAlive: boolean,
  { endpoint, outcome, isProbe, nowMs, random }: Observation,
  settings: PressureSettings,
): readonly Transition[] => {
  const { breaker } = endpoint;
  if (isAlive) {
    health.failures = 0;
    return breaker === undefined ? [] : [{ kind: 'close-breaker', seen: breaker }];
  }
  if (breaker !== undefined && !isProbe) return [];
  health.failures += 1;
  const isDense = nowMs - health.failedAt <= FAILURES_APART_MS;
  health.failedAt = nowMs;
  const isEnough =
    health.failures >= settings.breakerFailures ||
    (health.failures >= FAILURES_OF_A_DEAD_ENDPOINT && isDense && isDead(endpoint, nowMs, settings));
  if (breaker === undefined && !isEnough) return [];
  health.failures = 0;
  const probes = breaker === undefined ? 0 : breaker.probes + 1;
  const seconds = Math.min(settings.breakerOpenSeconds * 2 ** probes, settings.breakerLongestSeconds);
  const until = Math.ceil(nowMs + seconds * 1000 * (1 - JITTER + 2 * JITTER * random));
  const reason = outcome.kind === 'answered' ? `answered ${outcome.status}` : outcome.kind;
  const openedAt = breaker?.openedAt ?? Math.ceil(nowMs);
  return [{ kind: 'open-breaker', breaker: { openedAt, until, probes, reason }, seen: breaker }];
};

/** What all environments know together: none of them has had a success since, for as long as a breaker is open at first. */
const isDead = ({ failingSince }: EndpointRecord, nowMs: number, { breakerOpenSeconds }: PressureSettings): boolean =>
  failingSince !== undefined && nowMs - failingSince >= breakerOpenSeconds * 1000;

/** One slow answer among quick ones is no slow endpoint. */
const paceOf = (
  health: Health,
  isSlow: boolean,
  isAlive: boolean,
  { endpoint, nowMs }: Observation,
): readonly Transition[] => {
  health.slow = Math.max(0, health.slow + (isSlow ? 1 : -1));
  health.quick = isSlow || !isAlive ? 0 : health.quick + 1;
  if (endpoint.slowSince === undefined && health.slow >= SLOW_ANSWERS) {
    health.slow = 0;
    return [{ kind: 'slow', since: Math.ceil(nowMs) }];
  }
  if (endpoint.slowSince !== undefined && health.quick >= QUICK_ANSWERS) {
    health.quick = 0;
    return [{ kind: 'quick' }];
  }
  return [];
};
