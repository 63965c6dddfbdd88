/** DynamoDB charges a write unit for each begun KB of an item. */
export const WRITE_UNIT_BYTES = 1024;

/**
 * An upper bound of what an item counts as: names and values in UTF-8, about one byte for two digits of a number.
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export const itemBytes = (item: Readonly<Record<string, unknown>>): number =>
  Object.entries(item)
    .filter(([, value]) => value !== undefined)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

const COLLECTION_BYTES = 3;

const valueBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 2;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + 1 + valueBytes(entry), COLLECTION_BYTES);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.keys(value).length;
    return COLLECTION_BYTES + entries + itemBytes(value as Record<string, unknown>);
  }
  return 1;
};
