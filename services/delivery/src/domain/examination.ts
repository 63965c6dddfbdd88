import type { EndpointRef } from '@fanfare/core/keys';
import { unreachable } from '@fanfare/core/unreachable';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { DeliverPorts } from './deliver.ts';
import type { AttemptOutcome } from './next-step.ts';
import { webhookRequest } from './webhook-request.ts';

/** What is examined of an endpoint, in this order, as long as all goes well. */
export const EXAMINED = ['resolve', 'connect', 'send', 'verify'] as const;

export type ExaminedStep = {
  readonly step: (typeof EXAMINED)[number];
  readonly ok: boolean;
  readonly milliseconds: number;
  /** A sentence for its owner. No addresses: what a name resolves to is not for everybody. */
  readonly detail: string;
  /** Of an endpoint that answered. */
  readonly responseStatusCode?: number;
  /** The beginning of the answer. */
  readonly response?: string;
};

/** An example that is on its way, and what came of it so far. It is handed on from state to state. */
export type Examination = EndpointRef & {
  /** The example's own: nothing of it is kept. */
  readonly messageId: string;
  /** The bytes that are sent, as text. */
  readonly body: string;
  readonly ok: boolean;
  readonly steps: readonly ExaminedStep[];
};

/** The certificate that an endpoint has shown, valid or not. */
export type ShownCertificate = {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly issuer: string;
};

/** What came of reaching out for an endpoint, without a request. */
export type Reached = { readonly ok: boolean; readonly detail: string; readonly certificate?: ShownCertificate };

/** What this use case needs from the outside. */
export type ExaminePorts = Pick<DeliverPorts, 'openSecrets' | 'openHeaders' | 'now'> & {
  readonly findEndpoint: (ref: EndpointRef) => Promise<EndpointRecord | undefined>;
  /** Resolves the name of a URL and checks every address. */
  readonly resolve: (url: string) => Promise<Reached>;
  /** Connects to a checked address, with TLS where the URL has it, and hangs up. */
  readonly connect: (url: string) => Promise<Reached>;
  readonly send: (request: ReturnType<typeof webhookRequest>) => Promise<AttemptOutcome>;
};

/** Takes one step of an examination. A customer's endpoint that fails is a result, and no failure of ours. */
export const examine = async (
  examination: Examination,
  step: 'resolve' | 'connect' | 'send',
  ports: ExaminePorts,
): Promise<Examination> => {
  const startedAt = ports.now();
  const endpoint = await ports.findEndpoint(examination);
  if (endpoint === undefined || endpoint.deletedAt !== undefined) {
    return withSteps(examination, [{ step, ok: false, milliseconds: 0, detail: 'the endpoint was deleted' }]);
  }
  if (step === 'send') return withSteps(examination, await sendExample(examination, endpoint, ports));
  const { ok, detail } = await ports[step](endpoint.url);
  return withSteps(examination, [{ step, ok, detail, milliseconds: ports.now() - startedAt }]);
};

const withSteps = (examination: Examination, steps: readonly ExaminedStep[]): Examination => ({
  ...examination,
  ok: steps.every(({ ok }) => ok),
  steps: [...examination.steps, ...steps],
});

/** Signs and sends as an attempt does, with the secrets and headers of now; that it is kept nowhere is the difference. */
const sendExample = async (
  { messageId, body, ...ref }: Examination,
  endpoint: EndpointRecord,
  ports: ExaminePorts,
): Promise<readonly ExaminedStep[]> => {
  const startedAt = ports.now();
  const active = endpoint.secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt * 1000 > startedAt);
  const [keys, custom] = await Promise.all([
    ports.openSecrets(ref, active),
    endpoint.headers === undefined ? {} : ports.openHeaders(ref, endpoint.headers),
  ]);
  const bytes = new TextEncoder().encode(body);
  const outcome = await ports.send(webhookRequest(endpoint.url, messageId, startedAt, bytes, keys, custom));
  const milliseconds = ports.now() - startedAt;
  if (outcome.kind !== 'answered') return [{ step: 'send', ok: false, milliseconds, detail: whyNot(outcome) }];
  return [
    { step: 'send', ok: true, milliseconds, detail: 'the signed request was answered' },
    verified(outcome.status, outcome.body),
  ];
};

const verified = (status: number, body: Uint8Array): ExaminedStep => ({
  step: 'verify',
  ok: status >= 200 && status < 300,
  milliseconds: 0,
  detail: status >= 200 && status < 300 ? 'the answer is a success' : `the answer is ${status}, which is no success`,
  responseStatusCode: status,
  response: new TextDecoder().decode(body),
});

const whyNot = (outcome: Exclude<AttemptOutcome, { kind: 'answered' }>): string => {
  switch (outcome.kind) {
    case 'timed-out':
      return 'no complete answer in time';
    case 'blocked':
      return outcome.reason ?? 'the address is not allowed';
    case 'unreachable':
    case 'refused':
      return outcome.reason;
    default:
      return unreachable(outcome);
  }
};
