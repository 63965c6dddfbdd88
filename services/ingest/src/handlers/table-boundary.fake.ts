import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { applicationUidKey, versionKey } from '@fanfare/core/keys';
import type { AwsStub } from 'aws-sdk-client-mock';

type Item = Record<string, unknown>;
type Put = { readonly Item: Item; readonly ConditionExpression?: string };
type Table = Pick<AwsStub<never, never, never>, 'reset'> & {
  readonly on: (command: unknown) => { readonly callsFake: (answer: (input: never) => unknown) => unknown };
};

export const ORG_ID = 'org_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';
export const APP_ID = 'app_2Mq5TGbQ0dJkGeUYCy8DDHOlVEZ';

const keyOf = ({ PK, SK }: Item): string => `${PK}\n${SK}`;

/**
 * Items in memory behind the mocked document client, with one application (uid `customer-7`, version 3). Conditions ask
 * whether the item is there; `fails` may throw instead of any write.
 */
export const tableBoundary = (mock: unknown) => {
  const table = mock as Table;
  const items = new Map<string, Item>();
  const state = { version: 3, fails: (_item: Item): void => {}, unprocessed: (_item: Item): boolean => false };

  const refused = ({ Item, ConditionExpression }: Put): Item | undefined =>
    ConditionExpression === undefined ? undefined : items.get(keyOf(Item));
  const write = (put: Put): void => {
    state.fails(put.Item);
    items.set(keyOf(put.Item), put.Item);
  };

  const reset = (): void => {
    items.clear();
    Object.assign(state, { version: 3, fails: () => {}, unprocessed: () => false });
    table.reset();
    table.on(GetCommand).callsFake(({ Key }: { Key: Item }) => {
      const item = items.get(keyOf(Key));
      return { Item: item?.kind === 'application-version' ? { ...item, version: state.version } : item };
    });
    table.on(PutCommand).callsFake((put: Put) => {
      const standing = refused(put);
      if (standing === undefined) return void write(put);
      const failed = new ConditionalCheckFailedException({ message: 'stands', $metadata: {} });
      failed.Item = marshall(standing, { removeUndefinedValues: true });
      throw failed;
    });
    table.on(TransactWriteCommand).callsFake(({ TransactItems }: { TransactItems: readonly { Put: Put }[] }) => {
      const standing = TransactItems.map(({ Put: put }) => refused(put));
      if (standing.every((item) => item === undefined)) return void TransactItems.map(({ Put: put }) => write(put));
      const CancellationReasons = standing.map((item) =>
        item === undefined
          ? { Code: 'None' }
          : { Code: 'ConditionalCheckFailed', Item: marshall(item, { removeUndefinedValues: true }) },
      );
      throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons });
    });
    table.on(BatchWriteCommand).callsFake(({ RequestItems }: { RequestItems: { main: { PutRequest: Put }[] } }) => {
      const rest = RequestItems.main.filter(({ PutRequest }) => state.unprocessed(PutRequest.Item));
      for (const one of RequestItems.main) if (!rest.includes(one)) write(one.PutRequest);
      return rest.length === 0 ? {} : { UnprocessedItems: { main: rest } };
    });
    const ref = { orgId: ORG_ID, appId: APP_ID };
    const version = { ...versionKey(ref), kind: 'application-version', version: 3, uid: 'customer-7' };
    items.set(keyOf(version), version);
    const uid = { ...applicationUidKey(ORG_ID, 'customer-7'), appId: APP_ID };
    items.set(keyOf(uid), uid);
  };

  const messages = (): readonly Item[] =>
    [...items.values()].filter(({ kind }) => kind === 'message').sort((a, b) => (String(a.SK) < String(b.SK) ? -1 : 1));
  return { reset, state, messages };
};
