import { createHmac } from 'node:crypto';
import type { AttemptOutcome } from '../../services/delivery/src/domain/next-step.ts';
import type { WebhookRequest } from '../../services/delivery/src/domain/webhook-request.ts';
import { increment, type KnownEndpoint, type Ledger, noteFirst, pairLabel } from './ledger.ts';
import { readable } from './names.ts';
import type { World } from './world.ts';

const ok = (status: number, more: object = {}): AttemptOutcome => ({
  kind: 'answered',
  status,
  body: new TextEncoder().encode(`status ${status}`),
  ...more,
});

const TROUBLES: readonly AttemptOutcome[] = [
  ok(500),
  { kind: 'timed-out' },
  { kind: 'unreachable', reason: 'refused' },
  ok(429, { retryAfterSeconds: 7 }),
  { kind: 'blocked' },
];
const GONE = ok(410);
const RECOVERS_AFTER_MS = 12 * 60_000;
const THROTTLED: readonly AttemptOutcome[] = [2, 60, 400].map((retryAfterSeconds) => ok(429, { retryAfterSeconds }));
/** From when on an endpoint is down that comes back, and goes down again. */
const DOWNTIMES_MS = [
  [2 * 60_000, 14 * 60_000],
  [20 * 60_000, 31 * 60_000],
] as const;
const SLOW_MS = 7_000;
/** Failures of the endpoint's own, by which its breaker opens. */
const isFailure = (outcome: AttemptOutcome): boolean => outcome.kind !== 'answered' || outcome.status >= 500;
const isThrottling = (outcome: AttemptOutcome): boolean =>
  outcome.kind === 'answered' && [429, 502, 504].includes(outcome.status);

/** The customers' endpoints: each answers as its temper is, and holds what it gets against what it was promised. */
export const receivers = (world: World) => {
  const { choices, numbered, ledger, timeline, startMs } = world;

  const answerOf = (endpoint: KnownEndpoint, label: string): AttemptOutcome => {
    if (world.health.areAllWell) return ok(200);
    const point = numbered(`${label}: answer`);
    const elapsedMs = timeline.now() - startMs;
    switch (endpoint.temper) {
      case 1:
        return TROUBLES[choices.choose('answer', point, [0.3, 0.1, 0.1, 0.05, 0.05]) - 1] ?? ok(200);
      case 2:
        return ok(503);
      case 3:
        return choices.choose('answer', point, [0.4]) > 0 ? GONE : ok(200);
      case 4:
        return elapsedMs < RECOVERS_AFTER_MS ? ok(500) : ok(204);
      case 5:
        return THROTTLED[choices.choose('answer', point, [0.3, 0.2, 0.1]) - 1] ?? ok(200);
      case 6:
        return DOWNTIMES_MS.some(([from, to]) => elapsedMs >= from && elapsedMs < to) ? ok(502) : ok(200);
      default:
        return TROUBLES[choices.choose('answer', point, [0.02, 0.02, 0.02]) - 1] ?? ok(200);
    }
  };

  const noteOf = (endpoint: KnownEndpoint, outcome: AttemptOutcome): void => {
    endpoint.hasThrottled ||= isThrottling(outcome);
    if (!isFailure(outcome)) return;
    endpoint.failures += 1;
    endpoint.failedFirstAt = Math.min(endpoint.failedFirstAt, timeline.now());
  };

  /** What comes of a request, and how long that takes. `label` names the attempt that it claims to be. */
  return (request: WebhookRequest, label: string): { readonly outcome: AttemptOutcome; readonly tookMs: number } => {
    const endpoint = [...ledger.endpoints.values()].find(({ url }) => url === request.url.split('?')[0]);
    if (endpoint === undefined) {
      ledger.violations.push(`${label} goes to ${request.url}, which is nobody's`);
      return { outcome: { kind: 'unreachable', reason: 'nobody there' }, tookMs: 0 };
    }
    const outcome = answerOf(endpoint, label);
    const tookMs = endpoint.temper === 7 ? SLOW_MS : 0;
    if (!isFailure(outcome)) endpoint.aliveAt = timeline.now();
    if (request.url === endpoint.standsAt) noteOf(endpoint, outcome);
    if (outcome.kind === 'unreachable' || outcome.kind === 'blocked') return { outcome, tookMs };
    increment(ledger.requests, label);
    for (const complaint of complaintsAbout(request, endpoint, ledger))
      ledger.violations.push(`${label}: ${complaint}`);
    const messageId = request.headers['webhook-id'] ?? '';
    if (outcome.kind === 'answered' && outcome.status < 300) {
      ledger.delivered.add(pairLabel(messageId, endpoint.id));
      noteFirst(ledger.endedAt, pairLabel(messageId, endpoint.id), timeline.now());
    }
    if (outcome === GONE) ledger.gone.add(pairLabel(messageId, endpoint.id));
    return { outcome, tookMs };
  };
};

const complaintsAbout = ({ headers, body }: WebhookRequest, endpoint: KnownEndpoint, ledger: Ledger): string[] => {
  const post = ledger.minted.get(headers['webhook-id'] ?? '');
  if (post === undefined) return [`${readable(endpoint.id)} gets the unknown webhook-id ${headers['webhook-id']}`];
  const complaints: string[] = [];
  if (post.orgId !== endpoint.orgId || post.appId !== endpoint.appId) {
    complaints.push(`${readable(endpoint.id)} gets a message of another application`);
  }
  if (Buffer.compare(body, Buffer.from(post.body)) !== 0)
    complaints.push(`${readable(endpoint.id)} gets other bytes than were posted`);
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
  const signature = createHmac('sha256', endpoint.key).update(signed).update(body).digest('base64');
  if (headers['webhook-signature'] !== `v1,${signature}`)
    complaints.push(`${readable(endpoint.id)} cannot verify the signature`);
  return complaints;
};
