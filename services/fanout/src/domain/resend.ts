import type { Principal } from '@fanfare/core/auth/token';
import { deliveryTasks } from '@fanfare/core/deliveries/delivery-tasks';
import { type Publication, publicationOf } from '@fanfare/core/deliveries/publication';
import { isExpired } from '@fanfare/core/expiry';
import type { FindApplication } from '@fanfare/core/find-application';
import { type Answer, json, type Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef, MessageRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { MessageRecord } from '@fanfare/events/message-record';
import { subscriberOf } from './subscriber.ts';

/** What this use case needs from the outside. Reads see every write that was answered. */
export type ResendPorts = {
  readonly findApplication: FindApplication;
  /** By id or event id. */
  readonly findMessage: (
    application: ApplicationRef,
    idOrEventId: string,
  ) => Promise<{ readonly ref: MessageRef; readonly message: MessageRecord } | undefined>;
  /** By id or uid. */
  readonly findEndpoint: (application: ApplicationRef, idOrUid: string) => Promise<EndpointRecord | undefined>;
  /** Resolves when every one was taken. */
  readonly publish: (publications: readonly Publication[]) => Promise<void>;
  readonly now: () => number;
};

export type ResendCall = {
  readonly principal: Principal;
  readonly application: string;
  readonly message: string;
  readonly endpoint: string;
  /** The same for repeats of one call: the attempt's key is derived from it. */
  readonly copyId: string;
  readonly correlationId: string;
};

/**
 * Sends a message to one endpoint once more, whether its filters match or not. The attempt has a key of its own, so the
 * automatic ones go on untouched; a repeat of the call meets the attempt that was made.
 */
export const resend = async (call: ResendCall, ports: ResendPorts): Promise<Result<Answer, Refusal>> => {
  const { principal } = call;
  const application = await ports.findApplication(principal.orgId, call.application);
  if (application === undefined || (principal.kind === 'application' && principal.appId !== application.appId)) {
    return missing('application');
  }
  const found = await ports.findMessage(application, call.message);
  if (found === undefined || isExpired(found.message, ports.now())) return missing('message');
  const endpoint = await ports.findEndpoint(application, call.endpoint);
  if (endpoint === undefined || endpoint.deletedAt !== undefined) return missing('endpoint');
  if (found.message.payloadExpiresAt * 1000 <= ports.now()) return err(NO_PAYLOAD);

  const wanted = { endpointId: endpoint.id, attempt: 1, lane: subscriberOf(endpoint).lane };
  const tasks = deliveryTasks(found.ref, found.message, [wanted], () => call.copyId);
  await ports.publish(tasks.map((task) => publicationOf({ ...task, trigger: 'manual' }, call.correlationId)));
  return ok(json(202, {}));
};

const NO_PAYLOAD: Refusal = {
  kind: 'malformed',
  code: 'missing_payload',
  detail: 'The payload of this message is not kept any more.',
};

const missing = (what: string) => err({ kind: 'not-found', detail: `There is no such ${what}.` } as const);
