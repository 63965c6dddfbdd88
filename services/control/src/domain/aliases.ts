import * as z from 'zod/mini';

/**
 * Two generations of client libraries name some fields differently. Both names may be sent as long as they say the same:
 * what was read can then be written back as it is.
 */
export const sameAs = (name: string, older: string) =>
  z.refine<Record<string, unknown>>(
    (body) =>
      body[name] === undefined ||
      body[older] === undefined ||
      JSON.stringify(body[name]) === JSON.stringify(body[older]),
    { message: `is another name of "${name}", which says something else`, path: [older] },
  );
