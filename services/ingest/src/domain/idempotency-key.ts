import { createHash } from 'node:crypto';
import type { AcceptRequest } from './accept.ts';

/**
 * What a caller's idempotency key stands for: the same key on another application, or with another query, is another call.
 * Its body is what must not change. Nothing without a key.
 */
export const idempotencyOf = (
  route: string,
  key: string | undefined,
  rawQuery: string,
  body: string,
): Pick<AcceptRequest, 'idempotency'> => {
  if (key === undefined || key === '') return {};
  const keyHash = (appId: string): string => digest(`${route}\n${appId}\n${rawQuery}\n${key}`);
  return { idempotency: { keyHash, fingerprint: digest(body) } };
};

/** 128 bits are enough against accident, and the item pays for every byte. */
const digest = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
