import { isUtf8 } from 'node:buffer';
import type { MessageRef } from '@fanfare/core/keys';
import { err, ok, type Result } from '@fanfare/core/result';
import type { ImportTask } from '@fanfare/events/import-task';
import type { Entry } from './accept-many.ts';
import type { Sourced } from './accept-sourced.ts';
import { withoutMark } from './byte-order-mark.ts';
import type { Line } from './lines.ts';
import { idOfOffset } from './message-ids.ts';
import { PAYLOAD_LIMIT_BYTES, readMessage } from './message-input.ts';
import { type Reasons, reason, reasonsOf } from './reasons.ts';

/** The largest payload, and room for the fields beside it. */
export const LINE_LIMIT_BYTES = PAYLOAD_LIMIT_BYTES + 64 * 1024;

/** Whose line it is, and what makes its message's id the same each time that it is read. */
type Origin = Pick<MessageRef, 'orgId'> & Pick<ImportTask, 'id' | 'appId' | 'at'>;

/** Reads a line of a file as what POST message takes. Nothing for a blank one. */
export const readLine = (line: Line, origin: Origin): readonly Sourced<Line>[] => {
  const { bytes } = line;
  if (bytes === undefined) return refused(line, reason(`is longer than ${LINE_LIMIT_BYTES} bytes`));
  if (!isUtf8(bytes)) return refused(line, reason('is not UTF-8'));
  const text = textOf(line.offset, bytes);
  return text.trim() === '' ? [] : [{ record: line, read: entryOf(text, line, origin) }];
};

const textOf = (offset: number, bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  return offset === 0 ? withoutMark(text) : text;
};

const refused = (record: Line, reasons: Reasons): readonly Sourced<Line>[] => [{ record, read: err(reasons) }];

const entryOf = (text: string, { offset }: Line, { orgId, appId, id, at }: Origin): Result<Entry, Reasons> => {
  const read = readMessage(text);
  // The line is the body.
  if (!read.ok) return err(reasonsOf(read.error).map(({ loc: [, ...path], msg }) => ({ loc: path, msg })));
  return ok({
    orgId,
    application: appId,
    message: read.value,
    correlationId: id,
    messageId: idOfOffset(at, id, offset),
    acceptedAt: at,
    comesAgain: true,
  });
};
