import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { err, ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import { type MessageInput, readMessage } from './message-input.ts';
import { elementTexts } from './payload-slice.ts';
import { atPlace } from './place.ts';

export const BATCH_LIMIT = 500;
/** An HTTP API takes 10 MB, and Lambda a request of 6 MB, in which this much is base64 text, or text once more. */
export const BATCH_LIMIT_BYTES = 4 * 1024 * 1024;

const LINES = /^application\/(x-ndjson|ndjson|x-jsonlines|jsonlines|jsonl|json-lines)\b/i;

/**
 * Reads the body of POST batch: JSON lines if the content type says so or the text does not begin like an array, else a JSON
 * array. Answers what became of each message, in their order; blank lines do not count. Refuses a body that is neither.
 */
export const readBatch = (
  text: string,
  contentType = '',
): Result<readonly Result<MessageInput, Refusal>[], Refusal> => {
  if (Buffer.byteLength(text) > BATCH_LIMIT_BYTES) return err({ kind: 'too-large', limitBytes: BATCH_LIMIT_BYTES });
  const texts = LINES.test(contentType) || !/^\s*\[/.test(text) ? ok(lines(text)) : elements(text);
  if (!texts.ok) return texts;
  const { length } = texts.value;
  if (length === 0) return refused('must hold at least one message');
  if (length > BATCH_LIMIT) return refused(`must hold at most ${BATCH_LIMIT} messages, and holds ${length}`);
  return ok(
    texts.value.map((one, place) => {
      const read = readMessage(one);
      return read.ok ? read : err(atPlace(read.error, place));
    }),
  );
};

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

const elements = (text: string): Result<readonly string[], Refusal> => {
  const parsed = parseBody(text, z.array(z.unknown()));
  return parsed.ok ? ok(elementTexts(text)) : parsed;
};

const refused = (msg: string): Result<never, Refusal> =>
  err({ kind: 'invalid', problems: [{ loc: ['body'], msg, type: 'value_error' }] });
