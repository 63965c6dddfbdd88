import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue as StreamValue } from 'aws-lambda';

/**
 * The item of a stream record's image; `undefined` when no item of ours looks like that. Values that none has, such as
 * integers beyond 2^53, do not unmarshall: that is the record's fault alone.
 */
export const itemOf = (image: Record<string, StreamValue>): Record<string, unknown> | undefined => {
  const values = Object.entries(image).map(([name, value]) => [name, decoded(value)]);
  try {
    return unmarshall(Object.fromEntries(values) as Record<string, AttributeValue>);
  } catch {
    return undefined;
  }
};

/** Lambda hands bytes over as base64 text. A message has bytes at the top level only. */
const decoded = (value: StreamValue): AttributeValue =>
  (typeof value.B === 'string' ? { B: new Uint8Array(Buffer.from(value.B, 'base64')) } : value) as AttributeValue;
