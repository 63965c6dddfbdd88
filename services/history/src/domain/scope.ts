import type { Principal } from '@fanfare/core/auth/token';
import { isExpired } from '@fanfare/core/expiry';
import type { Refusal } from '@fanfare/core/http/answer';
import type { ApplicationRef, MessageRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { HistoryPorts, Message } from './history.ts';

const missing = (what: string): { readonly ok: false; readonly error: Refusal } =>
  err({ kind: 'not-found', detail: `There is no such ${what}.` });

/** The application that a path names, if the caller may see it. Another's looks like none at all. */
export const applicationFor = async (
  principal: Principal,
  idOrUid: string,
  ports: Pick<HistoryPorts, 'findApplication'>,
): Promise<Result<ApplicationRef, Refusal>> => {
  const found = await ports.findApplication(principal.orgId, idOrUid);
  if (found === undefined || (principal.kind === 'application' && principal.appId !== found.appId)) {
    return missing('application');
  }
  return ok({ orgId: found.orgId, appId: found.appId });
};

export const endpointFor = async (
  application: ApplicationRef,
  idOrUid: string,
  ports: Pick<HistoryPorts, 'findEndpoint'>,
): Promise<Result<EndpointRecord, Refusal>> => {
  const found = await ports.findEndpoint(application, idOrUid);
  return found === undefined || found.deletedAt !== undefined ? missing('endpoint') : ok(found);
};

export const messageFor = async (
  application: ApplicationRef,
  idOrEventId: string,
  ports: Pick<HistoryPorts, 'findMessage' | 'now'>,
): Promise<Result<Message, Refusal>> => {
  const found = await ports.findMessage(application, idOrEventId);
  return found === undefined || isExpired(found, ports.now()) ? missing('message') : ok(found);
};

export const attemptMissing = missing('attempt');

export const refOf = (application: ApplicationRef, message: Message): MessageRef => ({
  ...application,
  messageId: message.id,
});
