import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { traced } from '../telemetry/tracer.ts';

/** The document client of a function: absent fields stay absent, byte arrays come back as byte arrays. */
export const tableClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(traced(new DynamoDBClient({})), { marshallOptions: { removeUndefinedValues: true } });
