import type { Write } from '@fanfare/core/aws/transaction';
import type { Key } from '@fanfare/core/keys';

/** Who has a uid before and after a change; `undefined` for nobody. */
export type UidChange = { readonly before: string | undefined; readonly after: string | undefined };

/**
 * What a change of uid writes: the item of the new one, which nobody may have, and the old one's item away. `owner` is
 * what the items point at.
 */
export const moveUid = (
  tableName: string,
  change: UidChange,
  keyOf: (uid: string) => Key,
  owner: { readonly kind: string; readonly [id: string]: string },
): Write<'uid-taken'>[] => {
  if (change.before === change.after) return [];
  const writes: Write<'uid-taken'>[] = [];
  if (change.after !== undefined) {
    const Item = { ...keyOf(change.after), ...owner };
    const ConditionExpression = 'attribute_not_exists(PK)';
    writes.push({ otherwise: 'uid-taken', item: { Put: { TableName: tableName, Item, ConditionExpression } } });
  }
  if (change.before !== undefined) {
    writes.push({ otherwise: 'uid-taken', item: { Delete: { TableName: tableName, Key: keyOf(change.before) } } });
  }
  return writes;
};
