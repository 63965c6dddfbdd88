import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { slotsKey } from '@fanfare/core/keys';
import { MICROSECONDS, type ReserveSlots, slotsUpTo, spanOf } from '../domain/slots.ts';

/** A time in the past says nothing, so the item of a rate that nobody uses may go. */
const KEPT_SECONDS = 24 * 60 * 60;

/** Each turn fails only when another function has moved the time in between. */
const TURNS = 8;

/**
 * Reserves by one conditional update, two where the endpoint was idle. Nothing is read first: the update adds to whatever
 * stands there, so functions that reserve at the same time each get their own slots and none has to try again.
 */
export const slotTable =
  (client: DynamoDBDocumentClient, tableName: string): ReserveSlots =>
  async (owner, request) => {
    const now = request.nowMs * MICROSECONDS;
    const horizon = now + request.horizonMs * MICROSECONDS;
    const span = spanOf(request);
    const update = async (
      condition: Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression'>,
      values: object,
    ) =>
      moved(client, {
        TableName: tableName,
        Key: slotsKey(owner, owner.ownerId),
        ...condition,
        ExpressionAttributeValues: {
          ...values,
          ':now': now,
          ':span': span,
          ':kind': 'slots',
          ':kept': Math.floor(request.nowMs / 1000) + KEPT_SECONDS,
        },
      });
    for (let turn = 0; turn < TURNS; turn += 1) {
      const busy = await update(BEHIND_OTHERS, { ':horizon': horizon });
      if (busy.kind === 'moved') return { kind: 'reserved', slots: slotsUpTo(busy.freeAt, request) };
      if ((busy.freeAt ?? 0) >= horizon) return { kind: 'too-far', freeAtMs: (busy.freeAt ?? 0) / MICROSECONDS };
      const idle = await update(FROM_NOW, {});
      if (idle.kind === 'moved') return { kind: 'reserved', slots: slotsUpTo(idle.freeAt, request) };
    }
    throw new Error(`no slot could be reserved in ${TURNS} turns`);
  };

const BEHIND_OTHERS = {
  UpdateExpression: 'SET freeAt = freeAt + :span, kind = :kind, expiresAt = :kept',
  ConditionExpression: 'freeAt >= :now AND freeAt < :horizon',
};
const FROM_NOW = {
  UpdateExpression: 'SET freeAt = :now + :span, kind = :kind, expiresAt = :kept',
  ConditionExpression: 'attribute_not_exists(freeAt) OR freeAt < :now',
};

type Moved =
  | { readonly kind: 'moved'; readonly freeAt: number }
  | { readonly kind: 'stays'; readonly freeAt: number | undefined };

const moved = async (client: DynamoDBDocumentClient, input: UpdateCommandInput): Promise<Moved> => {
  try {
    const { Attributes } = await client.send(
      new UpdateCommand({
        ...input,
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { kind: 'moved', freeAt: Number(Attributes?.freeAt) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const standing = error.Item?.freeAt?.N;
    return { kind: 'stays', freeAt: standing === undefined ? undefined : Number(standing) };
  }
};
