import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { sortable } from './sequence.ts';
import type {
  AcceptedMessage,
  AttemptFacts,
  ChangedEndpoint,
  EndpointFacts,
  RecordedAttempt,
} from './stream-change.ts';

export const HOUR_MS = 60 * 60 * 1000;
/** The beginning of an hour. */
export const NOW_MS = Date.parse('2026-11-25T03:00:00.000Z');

/** The same id for the same time and number. */
const idOf = (prefix: 'msg' | 'ep' | 'app' | 'org', atMs: number, number: number): string =>
  mintId(prefix, atMs, new Uint8Array(RANDOM_BYTES).fill(number));

export const application = { orgId: idOf('org', NOW_MS, 1), appId: idOf('app', NOW_MS, 1) };
export const endpoint = (number = 1) => ({ ...application, endpointId: idOf('ep', NOW_MS, number) });
export const messageId = (acceptedAt = NOW_MS, number = 1) => idOf('msg', acceptedAt, number);

type Given = Partial<AttemptFacts> & {
  readonly sequence?: number;
  readonly endpoint?: number;
  readonly messageId?: string;
};

/** A first attempt that succeeded, but for what is given. */
export const recorded = (given: Given = {}): RecordedAttempt => {
  const { sequence = 1, endpoint: number = 1, messageId: message = messageId(), ...facts } = given;
  const attempt: AttemptFacts = {
    ...{ id: 'atmpt_1', attempt: 1, trigger: 'scheduled', succeeded: true, responseStatusCode: 200 },
    attemptedAt: NOW_MS + 1000,
    ...facts,
  };
  const ref = { ...endpoint(number), messageId: message, attempt: attempt.attempt, trigger: attempt.trigger };
  return { kind: 'attempt', ref, attempt, sequence: sortable(String(sequence)) };
};

/** An attempt that failed, with or without a next one. */
export const failedAttempt = (attempt: number, next: 'retried' | 'given-up', given: Given = {}): RecordedAttempt =>
  recorded({
    ...{ attempt, succeeded: false, responseStatusCode: 500 },
    ...(next === 'retried' ? { nextAttemptAt: NOW_MS + HOUR_MS } : {}),
    ...given,
  });

export const facts = (given: Partial<EndpointFacts> = {}): EndpointFacts => ({
  url: 'https://example.com/hooks',
  disabled: false,
  createdAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-11-01T00:00:00.000Z',
  ...given,
});

export const changed = (before: EndpointFacts | undefined, after: EndpointFacts, sequence = 1): ChangedEndpoint => ({
  kind: 'endpoint',
  ref: endpoint(),
  ...(before === undefined ? {} : { before }),
  after,
  sequence: sortable(String(sequence)),
});

/** A message that was accepted at a time, of some bytes. */
export const acceptedMessage = (
  given: { sequence?: number; number?: number; acceptedAt?: number; bytes?: number; appId?: string } = {},
): AcceptedMessage => {
  const { sequence = 1, number = 1, acceptedAt = NOW_MS, bytes = 100, appId = application.appId } = given;
  const ref = { ...application, appId, messageId: messageId(acceptedAt, number) };
  return { kind: 'message', ref, acceptedAt, bytes, sequence: sortable(String(sequence)) };
};
