import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type BatchGetCommandInput,
  type BatchWriteCommandInput,
  type DeleteCommandInput,
  DynamoDBDocumentClient,
  type GetCommandInput,
  type PutCommandInput,
  type QueryCommandInput,
  type TransactWriteCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Key } from '@fanfare/core/keys';
import { changeOf, type Given, testOf } from './expressions.ts';
import { readable } from './names.ts';
import { copied, type Item, type Stored, type Table } from './table.ts';

type Conditional = Given & { readonly ConditionExpression?: string | undefined };
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** What a scheduler decides on reads. */
export type Reading = {
  /** How many of the items that were found a page has at the most. */
  readonly pageLimit: (label: string, found: number) => number;
  /** As of when a read sees the table that does not ask for more. */
  readonly asOf: (label: string) => number;
};
const WHOLE: Reading = { pageLimit: (_label, found) => found, asOf: () => Number.POSITIVE_INFINITY };

/** One call of a client: what it does to the table, in one step. */
export type TableCall = {
  readonly label: string;
  readonly kind: 'read' | 'write';
  readonly told?: (() => string) | undefined;
  /** It reads the page after another one. */
  readonly isNextPage?: boolean;
  readonly effect: () => object;
};

/**
 * The document client that the adapters of tables are given, over the table in memory: each command is one call. It
 * understands the expressions that the adapters write, and throws at any other.
 */
export const documentClient = (
  table: Table,
  call: (call: TableCall) => Promise<object>,
  reading: Reading = WHOLE,
): DynamoDBDocumentClient =>
  Object.assign(Object.create(DynamoDBDocumentClient.prototype), {
    send: (sent: { readonly input: never }) => {
      const { input } = sent;
      const command = COMMANDS[sent.constructor.name];
      if (command === undefined) throw new Error(`the table in memory has no ${sent.constructor.name}`);
      const made = command(input, table, reading);
      return call({ ...made, effect: () => ({ $metadata: {}, ...made.effect() }) });
    },
  }) as DynamoDBDocumentClient;

const nameOf = ({ PK, SK }: Key): string => readable(`${PK} ${SK}`);
/** What an item says, where a story is about it. */
const sentenceOf = (item: Stored): string => {
  switch (item.kind) {
    case 'attempt':
      return `attempt ${nameOf(item)}, ${item.nextAttemptAt === undefined ? 'the last' : 'another to follow'}`;
    case 'message':
      return `message ${nameOf(item)} of version ${item.appVersion}`;
    default:
      return nameOf(item);
  }
};

const keyOf = (item: unknown): Key => ({ PK: String((item as Key).PK), SK: String((item as Key).SK) });

const COMMANDS: Readonly<Record<string, (input: never, table: Table, reading: Reading) => TableCall>> = {
  GetCommand: ({ Key: key, ConsistentRead, ...given }: GetCommandInput, table, { asOf }) => {
    const { PK, SK } = keyOf(key);
    const label = `get ${nameOf({ PK, SK })}`;
    return {
      label,
      kind: 'read',
      effect: () => {
        const seenUntil = ConsistentRead === true ? undefined : asOf(label);
        const [found] = table.page(PK, (item) => item.SK === SK, seenUntil);
        return { Item: found && projected(found, given) };
      },
    };
  },

  PutCommand: ({ Item: item, ReturnValues, ...given }: PutCommandInput, table) => ({
    label: `put ${nameOf(keyOf(item))}`,
    kind: 'write',
    told: () => `writes ${sentenceOf(item as Stored)}`,
    effect: () => {
      const before = table.get(keyOf(item));
      if (!holds(given, before)) throw refusal(before);
      table.put(item as Stored);
      return ReturnValues === 'ALL_OLD' && before !== undefined ? { Attributes: copied(before) } : {};
    },
  }),

  DeleteCommand: ({ Key: key, ...given }: DeleteCommandInput, table) => ({
    label: `delete ${nameOf(keyOf(key))}`,
    kind: 'write',
    told: () => `removes ${nameOf(keyOf(key))}`,
    effect: () => {
      const before = table.get(keyOf(key));
      if (!holds(given, before)) throw refusal(before);
      if (before !== undefined) table.remove(keyOf(key));
      return {};
    },
  }),

  UpdateCommand: (input: UpdateCommandInput, table) => ({
    label: `update ${nameOf(keyOf(input.Key))}`,
    kind: 'write',
    told: () => `changes ${nameOf(keyOf(input.Key))}: ${input.UpdateExpression}`,
    effect: () => {
      const before = table.get(keyOf(input.Key));
      if (!holds(input, before)) throw refusal(before);
      const after = updated(before, input);
      table.put(after);
      return input.ReturnValues === undefined ? {} : { Attributes: copied(after) };
    },
  }),

  TransactWriteCommand: ({ TransactItems = [] }: TransactWriteCommandInput, table) => ({
    label: `write ${TransactItems.map((one) => nameOf(partOf(one).key)).join(' and ')}`,
    kind: 'write',
    told: () => `writes ${TransactItems.map((one) => nameOf(partOf(one).key)).join(' and ')}`,
    effect: () => {
      const parts = TransactItems.map(partOf);
      const reasons = parts.map(({ key, given }) => {
        const before = table.get(key);
        if (holds(given, before)) return { Code: 'None' };
        return { Code: 'ConditionalCheckFailed', ...(before === undefined ? {} : { Item: marshalled(before) }) };
      });
      if (reasons.some(({ Code }) => Code !== 'None')) {
        throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: reasons });
      }
      table.together(() => {
        for (const { write } of parts) write(table);
      });
      return {};
    },
  }),

  QueryCommand: (input: QueryCommandInput, table, { pageLimit, asOf }) => {
    const { KeyConditionExpression = '', FilterExpression, ScanIndexForward = true } = input;
    const partition = partitionOf(input);
    const isInRange = testOf(KeyConditionExpression);
    const isKept = FilterExpression === undefined ? () => true : testOf(FilterExpression);
    const limit = input.Limit ?? Number.POSITIVE_INFINITY;
    const after = input.ExclusiveStartKey?.SK as string | undefined;
    const isBehind = ({ SK }: Key): boolean => after === undefined || (ScanIndexForward ? SK > after : SK < after);
    const label = `query ${readable(partition)}`;
    return {
      label,
      kind: 'read',
      isNextPage: after !== undefined,
      effect: () => {
        const seenUntil = input.ConsistentRead === true ? undefined : asOf(label);
        const found = table.page(partition, (item) => isInRange(item, input) && isBehind(item), seenUntil);
        const inOrder = ScanIndexForward ? found : found.toReversed();
        const read = inOrder.slice(0, Math.min(limit, pageLimit(label, found.length)));
        const Items = read.filter((item) => isKept(item, input)).map((item) => projected(item, input));
        return found.length > read.length ? { Items, LastEvaluatedKey: keyOf(read.at(-1)) } : { Items };
      },
    };
  },

  BatchGetCommand: ({ RequestItems = {} }: BatchGetCommandInput, table) => {
    const [[name, { Keys = [], ...given }] = ['', {}]] = Object.entries(RequestItems);
    return {
      label: `get ${Keys.map((key) => nameOf(keyOf(key))).join(', ')}`,
      kind: 'read',
      effect: () => ({
        Responses: { [name]: Keys.map(keyOf).flatMap((key) => projected(table.get(key), given) ?? []) },
      }),
    };
  },

  BatchWriteCommand: ({ RequestItems = {} }: BatchWriteCommandInput, table) => {
    const requests = Object.values(RequestItems).flat();
    const keys = requests.map(({ PutRequest, DeleteRequest }) => keyOf(PutRequest?.Item ?? DeleteRequest?.Key));
    return {
      label: `write ${keys.map(nameOf).join(', ')}`,
      kind: 'write',
      effect: () => {
        for (const { PutRequest, DeleteRequest } of requests) {
          if (PutRequest?.Item !== undefined) table.put(PutRequest.Item as Stored);
          if (DeleteRequest?.Key !== undefined) table.remove(keyOf(DeleteRequest.Key));
        }
        return {};
      },
    };
  },
};

/** One item of a transaction: on what condition, and what it writes. */
const partOf = ({ Put, Update: change, Delete, ConditionCheck }: TransactItem) => {
  const key = keyOf(Put?.Item ?? change?.Key ?? Delete?.Key ?? ConditionCheck?.Key);
  const given = (Put ?? change ?? Delete ?? ConditionCheck ?? {}) as Conditional;
  const write = (table: Table): void => {
    if (Put !== undefined) table.put(Put.Item as Stored);
    if (change !== undefined) table.put(updated(table.get(key), change as UpdateCommandInput));
    if (Delete !== undefined) table.remove(key);
  };
  return { key, given, write };
};

const marshalled = (item: Item) => marshall(item, { removeUndefinedValues: true });

const refusal = (before: Item | undefined): ConditionalCheckFailedException =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(before === undefined ? {} : { Item: marshalled(before) }),
  });

const holds = (given: Conditional, item: Item | undefined): boolean =>
  given.ConditionExpression === undefined || testOf(given.ConditionExpression)(item, given);

const updated = (before: Item | undefined, input: UpdateCommandInput): Stored => {
  const key = keyOf(input.Key);
  return { ...changeOf(input.UpdateExpression ?? '')(before ?? key, input), ...key };
};

type Projection = Given & { readonly ProjectionExpression?: string | undefined };

const projected = <T extends Item | undefined>(item: T, { ProjectionExpression, ...given }: Projection): T => {
  if (item === undefined || ProjectionExpression === undefined) return copied(item);
  const names = ProjectionExpression.split(', ').map((name) => given.ExpressionAttributeNames?.[name] ?? name);
  return Object.fromEntries(names.flatMap((name) => (name in item ? [[name, copied(item[name])]] : []))) as T;
};

const partitionOf = ({ KeyConditionExpression = '', ExpressionAttributeValues }: QueryCommandInput): string => {
  const [, value] = /^PK = (:\w+)(?: AND |$)/.exec(KeyConditionExpression) ?? [];
  if (value === undefined) throw new Error(`not understood: ${KeyConditionExpression}`);
  return String(ExpressionAttributeValues?.[value]);
};
