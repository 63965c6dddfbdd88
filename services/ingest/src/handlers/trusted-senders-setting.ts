import * as z from 'zod/mini';

const senders = z.record(z.string(), z.array(z.string()));

/** A JSON object of organisations and their senders, as Terraform exports it. */
export const trustedSenders = z.pipe(
  z.pipe(
    z.string(),
    z.transform((text) => JSON.parse(text) as unknown),
  ),
  senders,
);
