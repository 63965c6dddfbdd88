/** The message attribute, and the request header, that carries the correlation id from hop to hop. */
export const CORRELATION_ATTRIBUTE = 'correlation_id';
export const CORRELATION_HEADER = 'x-correlation-id';

/**
 * The correlation id of a unit of work: the caller's, if it is short and of a safe alphabet (a caller's id is input),
 * else `ownId`.
 */
export const correlationId = (given: string | undefined, ownId: string): string =>
  given !== undefined && /^[\w.:/=+-]{1,128}$/.test(given) ? given : ownId;
