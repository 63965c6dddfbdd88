/** A map that forgets what was used longest ago once it holds more than `limit` entries. */
export const boundedMap = <V>(limit: number) => {
  const entries = new Map<string, V>();
  return {
    get: (key: string): V | undefined => {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set: (key: string, value: V): void => {
      entries.delete(key);
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= limit) return;
        entries.delete(oldest);
      }
    },
    delete: (key: string): boolean => entries.delete(key),
  };
};
