/** What an HTTP API function answers. The API's error shape: `{code, detail}`, or for 422 a list of problems. */
export type Answer = {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
};

export type Problem = { readonly loc: readonly (string | number)[]; readonly msg: string; readonly type: string };

/** Why a call is refused. Adding a kind breaks the build until it has a status code. */
export type Refusal =
  | { readonly kind: 'malformed'; readonly detail: string; readonly code?: string }
  | { readonly kind: 'unauthenticated'; readonly detail: string }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'not-found'; readonly detail: string }
  | { readonly kind: 'method-not-allowed'; readonly allowed: readonly string[] }
  | { readonly kind: 'conflict'; readonly detail: string; readonly code?: string }
  /** `loc` is the place of what is too large, as a problem has it. Absent: the request as a whole. */
  | { readonly kind: 'too-large'; readonly limitBytes: number; readonly loc?: Problem['loc'] }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }
  | { readonly kind: 'limit-reached'; readonly detail: string };

/**
 * Lambda answers at most 6 MB, in which our JSON text is a string once more. What a list holds is counted as such, and one
 * row alone stays below it whatever it holds.
 */
export const ANSWER_LIMIT_BYTES = 5 * 1024 * 1024;

const JSON_HEADERS = { 'content-type': 'application/json' };

export const json = (statusCode: number, body: unknown): Answer => jsonText(statusCode, JSON.stringify(body));

/** An answer whose body is JSON text already: a payload must not be parsed and printed again. */
export const jsonText = (statusCode: number, body: string): Answer => ({ statusCode, headers: JSON_HEADERS, body });

export const noContent = (): Answer => ({ statusCode: 204, headers: {}, body: '' });

const failure = (statusCode: number, code: string, detail: string): Answer => json(statusCode, { code, detail });

export const refuse = (why: Refusal): Answer => {
  switch (why.kind) {
    case 'malformed':
      return failure(400, why.code ?? 'generic_error', why.detail);
    case 'limit-reached':
      return failure(400, 'limit_reached', why.detail);
    case 'unauthenticated':
      return failure(401, 'authentication_failed', why.detail);
    case 'forbidden':
      return failure(403, 'insufficient access', 'This token may not do that.');
    case 'not-found':
      return failure(404, 'not_found', why.detail);
    case 'method-not-allowed':
      return {
        ...failure(405, 'method_not_allowed', `Use ${why.allowed.join(' or ')}.`),
        headers: { ...JSON_HEADERS, allow: why.allowed.join(', ') },
      };
    case 'conflict':
      return failure(409, why.code ?? 'conflict', why.detail);
    case 'too-large':
      return failure(
        413,
        'payload_too_large',
        `${why.loc?.join('.') ?? 'The request'} is larger than ${why.limitBytes} bytes.`,
      );
    case 'invalid':
      return json(422, { detail: why.problems });
    default: {
      const never: never = why;
      throw new Error(`unexpected refusal: ${JSON.stringify(never)}`);
    }
  }
};
