import type { Principal } from '@fanfare/core/auth/token';
import type { FindEndpoint } from '@fanfare/core/aws/endpoint-finder';
import { isDestination } from '@fanfare/core/destinations/destination';
import type { FindApplication } from '@fanfare/core/find-application';
import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { label } from '@fanfare/core/http/field';
import { err, ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import type { Examination } from './examination.ts';
import { idOfExample } from './example-id.ts';

/** What this use case needs from the outside. */
export type TestEndpointPorts = {
  readonly findApplication: FindApplication;
  readonly findEndpoint: FindEndpoint;
  /** Examines to the end, which is what the caller waits for. Throws when that cannot be done. */
  readonly examine: (begun: Examination) => Promise<Examination>;
  readonly mintMessageId: (atMs: number) => string;
  readonly now: () => number;
};

export type TestEndpointCall = {
  readonly principal: Principal;
  readonly application: string;
  readonly endpoint: string;
  readonly eventType: string;
  /** Absent, or empty: each call is an example of its own. */
  readonly idempotencyKey?: string | undefined;
};

/** An example that was sent, and what came of it. */
export type SentExample = {
  readonly examination: Examination;
  readonly eventType: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
};

const example = z.object({
  eventType: label,
  /** There is one example of each type so far. */
  exampleIndex: z.optional(z.nullable(z.int('must be a whole number').check(z.minimum(0, 'must be at least 0')))),
});

/** Reads the body of `send-example`: the event type of the example. */
export const readExample = (body: string): Result<{ readonly eventType: string }, Refusal> => parseBody(body, example);

/**
 * Sends an example to an endpoint and tells how far it came. A disabled endpoint may be tested, which is how its owner knows that
 * it can be enabled.
 */
export const testEndpoint = async (
  { principal, application, endpoint, eventType, idempotencyKey }: TestEndpointCall,
  ports: TestEndpointPorts,
): Promise<Result<SentExample, Refusal>> => {
  const found = await ports.findApplication(principal.orgId, application);
  if (found === undefined || (principal.kind === 'application' && principal.appId !== found.appId)) {
    return missing('application');
  }
  const target = await ports.findEndpoint(found, endpoint);
  if (target === undefined || target.deletedAt !== undefined) return missing('endpoint');
  if (isDestination(target.url)) return err(NO_URL);
  const sentAt = ports.now();
  const ref = { orgId: found.orgId, appId: found.appId, endpointId: target.id };
  const begun = {
    ...ref,
    messageId: idempotencyKey ? idOfExample(ref, eventType, idempotencyKey) : ports.mintMessageId(sentAt),
    body: exampleOf(eventType, sentAt),
    ok: true,
    steps: [],
  };
  return ok({ examination: await ports.examine(begun), eventType, sentAt });
};

/** The envelope that Standard Webhooks suggest. */
const exampleOf = (type: string, atMs: number): string =>
  JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data: { example: true } });

const missing = (what: string) => err({ kind: 'not-found', detail: `There is no such ${what}.` } as const);

const NO_URL: Refusal = {
  kind: 'invalid',
  problems: [
    { loc: ['path', 'endpoint_id'], msg: 'is a resource of AWS: examples go to URLs alone', type: 'value_error' },
  ],
};
