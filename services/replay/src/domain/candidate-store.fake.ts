import type { ApplicationRef, AttemptRef, EndpointRef, MessageRef } from '@fanfare/core/keys';
import { within } from '@fanfare/core/span';
import type { VersionRecord } from '@fanfare/events/application-record';
import type { AttemptRecord } from '@fanfare/events/attempt-record';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { type MessageRecord, messageRecord } from '@fanfare/events/message-record';
import type { Attempt, FoundMessage } from './selection.ts';
import type { StepPorts } from './take-step.ts';

/** What a replay reads, and ways for a test to put there what other services write. */
export type CandidateStore = Pick<
  StepPorts,
  | 'readMessages'
  | 'readAttemptsOfEndpoint'
  | 'attemptsAt'
  | 'messagesByIds'
  | 'findApplicationVersion'
  | 'findEndpointById'
> & {
  readonly putApplication: (ref: ApplicationRef, record: VersionRecord) => Promise<void>;
  readonly putEndpoint: (ref: EndpointRef, record: EndpointRecord) => Promise<void>;
  /** One that lacks fields is there as well, and cannot be understood. */
  readonly putMessage: (ref: MessageRef, record: Partial<MessageRecord>) => Promise<void>;
  readonly putAttempt: (ref: AttemptRef, record: AttemptRecord) => Promise<void>;
};

/** What a replay reads, in memory. */
export const fakeCandidateStore = (): CandidateStore => {
  const applications = new Map<string, VersionRecord>();
  const endpoints = new Map<string, EndpointRecord>();
  const messages: { readonly appId: string; readonly found: FoundMessage }[] = [];
  const attempts: { readonly ref: AttemptRef; readonly attempt: Attempt }[] = [];
  const messagesOf = ({ appId }: ApplicationRef) =>
    messages.filter((one) => one.appId === appId).map(({ found }) => found);

  return {
    putApplication: async ({ appId }, record) => void applications.set(appId, record),
    putEndpoint: async ({ endpointId }, record) => void endpoints.set(endpointId, record),
    putMessage: async ({ appId, messageId: id }, record) => {
      const read = messageRecord.safeParse(record);
      messages.push({ appId, found: read.success ? { id, message: { ...read.data, id } } : { id } });
    },
    putAttempt: async (ref, record) => {
      const { id, attempt, succeeded, responseStatusCode, attemptedAt, nextAttemptAt } = record;
      const { messageId, copyId } = ref;
      const facts = { id, attempt, succeeded, responseStatusCode, attemptedAt, messageId };
      const next = nextAttemptAt === undefined ? {} : { nextAttemptAt };
      attempts.push({ ref, attempt: { ...facts, ...next, ...(copyId === undefined ? {} : { copyId }) } });
    },

    findApplicationVersion: async ({ appId }) => applications.get(appId),
    findEndpointById: async ({ endpointId }) => endpoints.get(endpointId),
    readMessages: async (application, span) => within(messagesOf(application), span),
    readAttemptsOfEndpoint: async ({ endpointId }, span) =>
      within(
        attempts.flatMap(({ ref, attempt }) => (ref.endpointId === endpointId ? [attempt] : [])),
        span,
      ),
    attemptsAt: async ({ messageId }, endpointId) =>
      attempts.flatMap(({ ref, attempt }) =>
        ref.messageId === messageId && ref.endpointId === endpointId ? [attempt] : [],
      ),
    messagesByIds: async (application, ids) =>
      messagesOf(application).flatMap(({ id, message }) =>
        message !== undefined && ids.includes(id) ? [message] : [],
      ),
  };
};
