import { itemOf } from '@fanfare/core/aws/stream-image';
import { isId } from '@fanfare/core/ids';
import {
  ENDPOINT_SORT_KEY_PREFIX,
  type EndpointRef,
  isKeyPart,
  parseAttemptKey,
  parseBackgroundTaskKey,
  parseMessageKey,
} from '@fanfare/core/keys';
import { unpackPayload } from '@fanfare/core/payload';
import { err, ok, type Result } from '@fanfare/core/result';
import type { DynamoDBRecord } from 'aws-lambda';
import type * as z from 'zod/mini';
import { isSequenceNumber, sortable } from '../domain/sequence.ts';
import { attemptFacts, endpointFacts, messageFacts, type StreamChange, taskFacts } from '../domain/stream-change.ts';

/** Reads a stream record as the change it tells of, or says why it cannot be read. Shows no value of it. */
export const streamChange = ({ dynamodb = {} }: DynamoDBRecord): Result<StreamChange, string> => {
  const { NewImage, OldImage, SequenceNumber = '' } = dynamodb;
  if (!isSequenceNumber(SequenceNumber)) return err('the record has no sequence number');
  const after = itemOf(NewImage ?? {});
  const before = OldImage === undefined ? {} : itemOf(OldImage);
  if (after === undefined || before === undefined) return err('an image is not an item of ours');
  const sequence = sortable(SequenceNumber);
  switch (after.kind) {
    case 'attempt':
      return recordedAttempt(after, sequence);
    case 'endpoint':
      return changedEndpoint(after, OldImage === undefined ? undefined : before, sequence);
    case 'message':
      return acceptedMessage(after, sequence);
    case 'background-task':
      return endedTask(after, sequence);
    default:
      return err('the record is of no attempt, endpoint, message or background task');
  }
};

type Item = Record<string, unknown>;

const recordedAttempt = (item: Item, sequence: string): Result<StreamChange, string> => {
  const attempt = attemptFacts.safeParse(item);
  if (!attempt.success) return err(problemsOf(attempt.error));
  const ref = parseAttemptKey({ PK: String(item.PK), SK: String(item.SK) });
  if (ref === undefined || ![ref.orgId, ref.appId].every(isKeyPart)) return err('the key is not that of an attempt');
  if (!isId('msg', ref.messageId) || !isId('ep', ref.endpointId)) return err('the key is not that of an attempt');
  return ok({ kind: 'attempt', ref, attempt: attempt.data, sequence });
};

const acceptedMessage = (item: Item, sequence: string): Result<StreamChange, string> => {
  const message = messageFacts.safeParse(item);
  if (!message.success) return err(problemsOf(message.error));
  const ref = parseMessageKey({ PK: String(item.PK), SK: String(item.SK) });
  if (ref === undefined || !isId('msg', ref.messageId)) return err('the key is not that of a message');
  const { acceptedAt, ...stored } = message.data;
  const bytes = postedBytes(stored);
  return bytes === undefined
    ? err('payload: is damaged, or nowhere')
    : ok({ kind: 'message', ref, acceptedAt, bytes, sequence });
};

type Body = Pick<z.infer<typeof messageFacts>, 'encoding' | 'payload' | 'payloadObject'>;

const postedBytes = ({ encoding, payload, payloadObject }: Body): number | undefined => {
  if (payload === undefined) return payloadObject?.bytes;
  try {
    return unpackPayload({ encoding, bytes: payload }).length;
  } catch {
    return undefined;
  }
};

const changedEndpoint = (item: Item, old: Item | undefined, sequence: string): Result<StreamChange, string> => {
  const after = endpointFacts.safeParse(item);
  if (!after.success) return err(problemsOf(after.error));
  const before = old === undefined ? undefined : endpointFacts.safeParse(old);
  if (before?.success === false) return err(`before: ${problemsOf(before.error)}`);
  const ref = endpointRefOf(String(item.PK), String(item.SK));
  if (ref === undefined) return err('the key is not that of an endpoint');
  return ok({ kind: 'endpoint', ref, after: after.data, sequence, ...(before && { before: before.data }) });
};

const endedTask = (item: Item, sequence: string): Result<StreamChange, string> => {
  const task = taskFacts.safeParse(item);
  if (!task.success) return err(problemsOf(task.error));
  const ref = parseBackgroundTaskKey({ PK: String(item.PK), SK: String(item.SK) });
  const { appId } = task.data;
  const isOfEndpoint = !('endpointId' in task.data) || isId('ep', task.data.endpointId);
  if (ref === undefined || !isId('app', appId) || !isOfEndpoint) return err('the key is not that of a background task');
  return ok({ kind: 'background-task', ref: { ...ref, appId }, task: task.data, sequence });
};

const endpointRefOf = (PK: string, SK: string): EndpointRef | undefined => {
  const [orgId, appId, ...more] = PK.split('#');
  const endpointId = SK.startsWith(ENDPOINT_SORT_KEY_PREFIX) ? SK.slice(ENDPOINT_SORT_KEY_PREFIX.length) : undefined;
  if (orgId === undefined || appId === undefined || endpointId === undefined || more.length > 0) return undefined;
  return [orgId, appId, endpointId].every(isKeyPart) ? { orgId, appId, endpointId } : undefined;
};

const problemsOf = ({ issues }: z.core.$ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
