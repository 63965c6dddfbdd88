import { isUtf8 } from 'node:buffer';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../result.ts';
import type { Problem, Refusal } from './answer.ts';

/**
 * The request's body as text. HTTP APIs hand over a body whose content type is not text or JSON as base64: one that is
 * not UTF-8 is refused then, because what is delivered must be what was posted.
 */
export const bodyText = (request: {
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}): Result<string, Refusal> => {
  const { body = '', isBase64Encoded = false } = request;
  if (!isBase64Encoded) return ok(body);
  const bytes = Buffer.from(body, 'base64');
  return isUtf8(bytes) ? ok(bytes.toString('utf8')) : err({ kind: 'invalid', problems: [notJson('it is not UTF-8')] });
};

/** Parses and checks a body. A body that is not JSON is one problem at `body`; a rule broken is one at its field. */
export const parseBody = <T extends z.ZodMiniType>(text: string, schema: T): Result<z.infer<T>, Refusal> => {
  const document = parseJson(text);
  if (!document.ok) return err({ kind: 'invalid', problems: [document.error] });
  return checked(document.value, schema, 'body');
};

/** Checks a value against a schema; each problem's `loc` starts with `root` (`body`, `query`). */
export const checked = <T extends z.ZodMiniType>(
  value: unknown,
  schema: T,
  root: string,
): Result<z.infer<T>, Refusal> => {
  const parsed = z.safeParse(schema, value, { error: reasonOf });
  if (parsed.success) return ok(parsed.data);
  return err({ kind: 'invalid', problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, root)) });
};

/** Where a schema has no words of its own: without these the reason would be "Invalid input". */
const reasonOf = (issue: z.core.$ZodRawIssue): string | undefined => {
  if (issue.code === 'invalid_value') return `must be one of: ${(issue.values as unknown[]).join(', ')}`;
  if (issue.code === 'unrecognized_keys') return UNKNOWN;
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is missing' : `must be ${KIND[issue.expected as string] ?? issue.expected}`;
};

const UNKNOWN = 'is no field of this call';

const KIND: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object of names and values',
};

/** So many unknown fields are named; a body may have any number of them. */
const MOST_UNKNOWN = 20;
/** What is longer is cut: the name of a field may be as long as the body. */
const LONGEST_STEP = 256;

/** A schema's own words about unknown fields are one problem; without them each field is one. */
const problemsOf = (issue: z.core.$ZodIssue, root: string): readonly Problem[] => {
  const at = [root, ...issue.path.map(stepOf)];
  if (issue.code !== 'unrecognized_keys' || issue.message !== UNKNOWN)
    return [{ loc: at, msg: issue.message, type: 'value_error' }];
  return issue.keys
    .slice(0, MOST_UNKNOWN)
    .map((key) => ({ loc: [...at, stepOf(key)], msg: UNKNOWN, type: 'value_error' }));
};

const stepOf = (step: PropertyKey): string | number =>
  typeof step === 'number' ? step : String(step).slice(0, LONGEST_STEP);

const parseJson = (text: string): Result<unknown, Problem> => {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return err(notJson(error.message.toWellFormed()));
  }
};

const notJson = (why: string): Problem => ({
  loc: ['body'],
  msg: `The body is not JSON: ${why}`,
  type: 'value_error.jsondecode',
});
