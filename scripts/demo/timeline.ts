import { STATUS_CODES } from 'node:http';
import type { Delivery, ObservedAttempt } from './delivery.ts';

/** A message's way, one line per thing that happened, with the time since it was sent. */
export const timelineOf = (
  deliveries: readonly Delivery[],
  fanOutTimes: ReadonlyMap<string, number>,
): readonly string[] => {
  const [first] = deliveries;
  if (first === undefined) return [];
  const { message } = first;
  const fannedOutAtMs = fanOutTimes.get(message.id);
  const at = (atMs: number) => `+${((atMs - message.sentAtMs) / 1000).toFixed(3)} s`.padStart(10);
  const matched = deliveries.filter(({ attempts, faults }) => attempts.length > 0 || faults.length > 0);
  const fannedOut = `fanned out to ${matched.map(({ endpoint }) => endpoint.name).join(', ') || 'nobody'}`;
  return [
    `  ${message.eventType}  ${message.id}`,
    `  ${at(message.acceptedAtMs)}  accepted (202)`,
    ...(fannedOutAtMs === undefined
      ? [`  ${''.padStart(10)}  ${fannedOut}`]
      : [`  ${at(fannedOutAtMs)}  ${fannedOut}`]),
    ...matched.flatMap((delivery) => [
      ...delivery.attempts.map((attempt, n) => attemptLine(delivery, attempt, n + 1, at)),
      ...delivery.faults.map((fault) => `  ${''.padStart(10)}  ✗ ${delivery.endpoint.name}: ${fault}`),
    ]),
  ];
};

const attemptLine = (
  { endpoint }: Delivery,
  { told, received, signature }: ObservedAttempt,
  number: number,
  at: (atMs: number) => string,
): string => {
  const status = received?.status ?? told?.responseStatusCode;
  const answer = status === undefined ? 'no answer' : `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const when = told?.attemptedAtMs ?? received?.receivedAtMs;
  const seen = received === undefined ? 'never received' : `received at ${at(received.receivedAtMs).trim()}`;
  return `  ${when === undefined ? ''.padStart(10) : at(when)}  ${endpoint.name.padEnd(12)} attempt ${number}  ${answer.padEnd(24)} ${seen}, signature ${signature}`;
};
