import type { Refusal } from '@fanfare/core/http/answer';
import { parseBody } from '@fanfare/core/http/body';
import { err, ok, type Result } from '@fanfare/core/result';
import * as z from 'zod/mini';
import { withoutMark } from './byte-order-mark.ts';
import { type MessageInput, readMessage } from './message-input.ts';
import { elementTexts } from './payload-slice.ts';
import { atPlace } from './place.ts';

export const BATCH_LIMIT = 500;
/** An HTTP API takes 10 MB, and Lambda a request of 6 MB, in which this much is base64 text, or text once more. */
export const BATCH_LIMIT_BYTES = 4 * 1024 * 1024;

const LINES = /^application\/(x-ndjson|ndjson|x-jsonlines|jsonlines|jsonl|json-lines)\b/i;

/**
 * Reads the body of POST batch: JSON lines if the content type says so or the text does not begin like an array, else a JSON
 * array. Answers what became of each message, in their order; blank lines do not count, nor does a byte order mark before them.
 * Refuses a body that is neither: where the content type does not say so, text without any object in its lines is none of lines.
 */
export const readBatch = (
  body: string,
  contentType = '',
): Result<readonly Result<MessageInput, Refusal>[], Refusal> => {
  if (Buffer.byteLength(body) > BATCH_LIMIT_BYTES) return err({ kind: 'too-large', limitBytes: BATCH_LIMIT_BYTES });
  const text = withoutMark(body);
  const saysLines = LINES.test(contentType);
  const looksLikeLines = !/^\s*\[/.test(text);
  const texts = saysLines || looksLikeLines ? ok(lines(text)) : elements(text);
  if (!texts.ok) return texts;
  const { length } = texts.value;
  if (length === 0) return refused('must hold at least one message');
  if (length > BATCH_LIMIT) return refused(`must hold at most ${BATCH_LIMIT} messages, and holds ${length}`);
  if (!saysLines && looksLikeLines && !texts.value.some(isObject)) return refused(NEITHER);
  return ok(
    texts.value.map((one, place) => {
      const read = readMessage(one);
      return read.ok ? read : err(atPlace(read.error, place));
    }),
  );
};

const NEITHER = 'must be a JSON array of messages, or lines of JSON objects';

/** Asked of each line up to the first that is one, which most often is the first. */
const isObject = (text: string): boolean => parseBody(text, z.object({})).ok;

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

const elements = (text: string): Result<readonly string[], Refusal> => {
  const parsed = parseBody(text, z.array(z.unknown()));
  return parsed.ok ? ok(elementTexts(text)) : parsed;
};

const refused = (msg: string): Result<never, Refusal> =>
  err({ kind: 'invalid', problems: [{ loc: ['body'], msg, type: 'value_error' }] });
