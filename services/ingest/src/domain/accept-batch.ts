import type { Refusal } from '@fanfare/core/http/answer';
import { err, ok, type Result } from '@fanfare/core/result';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import { type AcceptPorts, type AcceptRequest, claimMessage, type NotAccepted } from './accept.ts';
import { type AcceptManyPorts, acceptMany, type EntryOutcome } from './accept-many.ts';
import { idOfPlace } from './message-ids.ts';
import type { MessageInput } from './message-input.ts';

export type BatchRequest = Omit<AcceptRequest, 'message' | 'correlationId'> & {
  /** The caller's own, if it has one and it is fit; otherwise the batch's id is it. */
  readonly givenCorrelationId: string | undefined;
  /** In their order; those that could not be read are refused already. */
  readonly messages: readonly Result<MessageInput, Refusal>[];
};

/** What became of the message at this place of a batch. */
export type ItemOutcome = EntryOutcome | { readonly kind: 'unreadable'; readonly why: Refusal };

export type BatchPorts = AcceptManyPorts & Pick<AcceptPorts, 'claim' | 'mintMessageId'>;

/**
 * Accepts a batch of messages for one application, each for itself. With an idempotency key the claim stands for the whole
 * batch: each message's id follows from it, so that a repeat, also one after a crash half way, makes the same messages.
 */
export const acceptBatch = async (
  request: BatchRequest,
  ports: BatchPorts,
): Promise<Result<readonly ItemOutcome[], NotAccepted>> => {
  const { orgId, givenCorrelationId, messages } = request;
  const application = await ports.findApplication(orgId, request.application);
  if (application === undefined) return err('application-not-found');
  const claim = await claimMessage(request, application.appId, ports);
  if (!claim.ok) return claim;

  const { messageId: batchId, acceptedAt } = claim.value;
  const entries = messages.map((read, place) =>
    read.ok
      ? {
          orgId,
          application: application.appId,
          message: read.value,
          correlationId: correlationId(givenCorrelationId, batchId),
          messageId: idOfPlace(acceptedAt, batchId, place),
          acceptedAt,
          comesAgain: request.idempotency !== undefined,
        }
      : undefined,
  );
  const outcomes = await acceptMany(
    entries.filter((entry) => entry !== undefined),
    { ...ports, findApplication: async () => application },
  );
  const next = outcomes.values();
  return ok(
    messages.map((read) => (read.ok ? (next.next().value as EntryOutcome) : { kind: 'unreadable', why: read.error })),
  );
};
