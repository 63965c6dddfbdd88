import * as z from 'zod/mini';

/**
 * Reads a function's configuration once, in the init phase. Throws one error that names every missing or malformed
 * variable, so that a wrong deployment fails at its start and not at its first event.
 */
export const readConfig = <T extends z.ZodMiniType>(
  schema: T,
  environment: Record<string, string | undefined>,
): z.infer<T> => {
  const parsed = z.safeParse(schema, environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`configuration: ${problems.join('; ')}`);
};

/** Any name of a resource: present and not empty. There is never a default for one. */
export const name = z.string().check(z.minLength(1));

/** A number of things, or of seconds: whole, and at least one. */
export const wholeNumber = z.pipe(
  z.string().check(z.regex(/^[1-9]\d*$/)),
  z.transform((text) => Number(text)),
);
