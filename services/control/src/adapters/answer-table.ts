import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Write } from '@fanfare/core/aws/transaction';
import { isExpired } from '@fanfare/core/expiry';
import { idempotencyKey } from '@fanfare/core/keys';
import { packPayload, unpackPayload } from '@fanfare/core/payload';
import { bytes } from '@fanfare/events/bytes';
import * as z from 'zod/mini';
import type { AnswerPorts, KeptAnswer } from '../domain/idempotency.ts';

const keptAnswer = z.object({
  fingerprint: z.string(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  /** Packed, because what is over 1 KB costs another write unit. */
  body: bytes,
  encoding: z.enum(['identity', 'deflate']),
  expiresAt: z.number(),
});

/** Answers kept for repeats of their call. One whose time is over counts as absent, whether it is deleted yet or not. */
export const findAnswer =
  (client: DynamoDBDocumentClient, tableName: string, now: () => number): AnswerPorts['findAnswer'] =>
  async (call) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: idempotencyKey(call.orgId, call.keyHash), ConsistentRead: true }),
    );
    if (Item === undefined) return undefined;
    const { fingerprint, status, headers, body, encoding, expiresAt } = z.parse(keptAnswer, Item);
    if (isExpired({ expiresAt }, now())) return undefined;
    const text = new TextDecoder().decode(unpackPayload({ bytes: body, encoding }));
    return { ...call, fingerprint, answer: { statusCode: status, headers, body: text }, expiresAt };
  };

/** Keeps an answer along with the change that it answers. The other of two calls at the same time loses. */
export const keep = (tableName: string, kept: KeptAnswer | undefined, now: () => number): Write<'lost-race'>[] => {
  if (kept === undefined) return [];
  const { orgId, keyHash, fingerprint, answer, expiresAt } = kept;
  const packed = packPayload(new TextEncoder().encode(answer.body));
  const item = {
    ...idempotencyKey(orgId, keyHash),
    kind: 'idempotency',
    fingerprint,
    status: answer.statusCode,
    headers: answer.headers,
    body: packed.bytes,
    encoding: packed.encoding,
    expiresAt,
  };
  return [
    {
      otherwise: 'lost-race',
      item: {
        Put: {
          TableName: tableName,
          Item: item,
          ConditionExpression: 'attribute_not_exists(PK) OR expiresAt < :now',
          ExpressionAttributeValues: { ':now': Math.floor(now() / 1000) },
        },
      },
    },
  ];
};
