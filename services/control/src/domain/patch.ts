/** What a PATCH may hold for settings `T`: any of them, and `null` for those that may be absent. */
export type Patch<T> = { readonly [K in keyof T]?: T[K] | (undefined extends T[K] ? null : never) | undefined };

/** Applies a PATCH: what is absent from it stays, `null` clears, anything else replaces. */
export const patched = <T extends object>(current: T, patch: Patch<T>): T => {
  const next = { ...current } as Record<string, unknown>;
  for (const [field, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete next[field];
    else next[field] = value;
  }
  return next as T;
};

/** Whether two settings say the same. The order of an object's fields says nothing; that of a list does. */
export const sameSettings = (one: object, other: object): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_field, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
