import * as z from 'zod/mini';

export const IMPORT = 'message.import';

/** The import of a file of events as a background task. Times are in milliseconds since 1970. */
export const importTask = z.object({
  kind: z.literal('background-task'),
  id: z.string(),
  task: z.literal(IMPORT),
  status: z.enum(['running', 'finished', 'failed']),
  /**
   * Why it failed: `canceled`, `application-deleted`, `file-gone`, `file-changed`, `file-too-large`, `file-damaged`, `fault` or
   * `stalled`, of this version.
   */
  reason: z.optional(z.string()),
  appId: z.string(),
  /** The key of the object in the bucket of imports. */
  file: z.string(),
  /** Says what is in the file: while it is read it must not become another one. */
  etag: z.string(),
  /** Of the object as it lies there. */
  bytes: z.int(),
  /** Which time the file was put there: a file that was put again, as it was, goes on where its import stopped. */
  version: z.string(),
  /** The execution that works on it, by the name of the first of them. Any other leaves it alone. */
  run: z.string(),
  /** How many of its changes were written: each says which one it follows, so that of two at the same time one counts. */
  step: z.int(),
  /** Where the next line begins, in bytes of the text, unpacked if the file is packed. */
  offset: z.int(),
  /** Lines before it, blank ones too. */
  line: z.int(),
  /** Bytes of the object that were read for that, about. */
  read: z.int(),
  /** The time of acceptance of the 500 messages that this line is one of. It is part of their ids, so it is kept until they stand. */
  at: z.int(),
  accepted: z.int(),
  /** Lines whose event id is that of a message that stands. */
  repeated: z.int(),
  rejected: z.int(),
  /** Objects with what was refused, of this import. */
  rejectedParts: z.int(),
  createdAt: z.int(),
  updatedAt: z.int(),
  /** Epoch seconds. */
  expiresAt: z.number(),
});

export type ImportTask = z.infer<typeof importTask>;
