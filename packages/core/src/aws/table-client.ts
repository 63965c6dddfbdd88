import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { traced } from '../telemetry/tracer.ts';
import { type ConsumedUnits, meter } from './consumed-units.ts';

/** By the second, a map may have a field `constructor`, which the client would otherwise take for that of a class. */
export const MARSHALL_OPTIONS = { removeUndefinedValues: true, convertClassInstanceToMap: true } as const;

/**
 * The document client of a function: absent fields stay absent, byte arrays come back as byte arrays. `takeUnits` tells
 * what the calls since the last time cost.
 */
export const tableClient = (): { readonly client: DynamoDBDocumentClient; readonly takeUnits: () => ConsumedUnits } => {
  const plain = traced(new DynamoDBClient({}));
  const takeUnits = meter(plain);
  return {
    client: DynamoDBDocumentClient.from(plain, { marshallOptions: MARSHALL_OPTIONS }),
    takeUnits,
  };
};
