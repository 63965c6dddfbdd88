import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { parseBody } from '@fanfare/core/http/body';
import { err, ok, type Result } from '@fanfare/core/result';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import { ingestRecord } from '@fanfare/events/ingest-record';
import type { Entry } from './accept-many.ts';
import { idOfSource } from './message-ids.ts';
import { readMessage } from './message-input.ts';
import { orderingKey } from './ordering-key-input.ts';
import { memberText } from './payload-slice.ts';
import { type Reasons, reason, reasonsOf } from './reasons.ts';

/** A record of a stream, as far as it is asked about. */
export type StreamRecord = {
  readonly streamArn: string;
  /** Shard and sequence number, which no other record of the stream has. */
  readonly id: string;
  /** Milliseconds since 1970. Kept with the record, so the same each time it is read. */
  readonly arrivedAt: number;
  readonly partitionKey: string;
  readonly data: Uint8Array;
};

/**
 * Reads a record of the intake stream. Its place in the stream makes the message's id, so that it is accepted once however often
 * its batch is offered. `organisations` are those that may be written for.
 */
export const readStreamRecord = (
  { streamArn, id, arrivedAt, partitionKey, data }: StreamRecord,
  organisations: readonly string[],
): Result<Entry, Reasons> => {
  if (!isUtf8(data)) return err(reason('is not UTF-8', 'body'));
  const text = new TextDecoder().decode(data);
  const parsed = parseBody(text, ingestRecord);
  if (!parsed.ok) return err(reasonsOf(parsed.error));
  const { organisation, application } = parsed.value;
  if (!organisations.includes(organisation)) {
    return err(reason('the stream may not be used for this organisation', 'body', 'organisation'));
  }
  const read = readMessage(memberText(text, ['message']) ?? '');
  if (!read.ok)
    return err(reasonsOf(read.error).map(({ loc: [, ...path], msg }) => ({ loc: ['message', ...path], msg })));
  return ok({
    orgId: organisation,
    application,
    message: { orderingKey: orderingKeyOf(partitionKey), ...read.value },
    correlationId: correlationId(id, 'stream'),
    messageId: idOfSource(arrivedAt, 'stream', streamArn, id),
    acceptedAt: arrivedAt,
    comesAgain: true,
  });
};

/** Records of one partition key are in order, so it is the ordering key; a digest of it where it cannot be one. */
const orderingKeyOf = (partitionKey: string): string =>
  orderingKey.safeParse(partitionKey).success
    ? partitionKey
    : createHash('sha256').update(partitionKey).digest('base64url');
