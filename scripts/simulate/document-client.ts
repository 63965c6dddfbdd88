import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type BatchGetCommandInput,
  type BatchWriteCommandInput,
  DynamoDBDocumentClient,
  type GetCommandInput,
  type PutCommandInput,
  type QueryCommandInput,
  type TransactWriteCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Key } from '@fanfare/core/keys';
import { readable } from './names.ts';
import type { Item, Table } from './table.ts';

type Update = Pick<
  UpdateCommandInput,
  'Key' | 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;
type Conditional = Pick<
  UpdateCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;
type Values = Readonly<Record<string, unknown>> | undefined;

/** How many of the items that were found a page has at the most. */
export type PageLimit = (label: string, found: number) => number;

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
  pageLimit: PageLimit = () => Number.POSITIVE_INFINITY,
): DynamoDBDocumentClient =>
  Object.assign(Object.create(DynamoDBDocumentClient.prototype), {
    send: (sent: { readonly input: never }) => {
      const { input } = sent;
      const command = COMMANDS[sent.constructor.name];
      if (command === undefined) throw new Error(`the table in memory has no ${sent.constructor.name}`);
      const made = command(input, table, pageLimit);
      return call({ ...made, effect: () => ({ $metadata: {}, ...made.effect() }) });
    },
  }) as DynamoDBDocumentClient;

const nameOf = ({ PK, SK }: Key): string => readable(`${PK} ${SK}`);
/** What an item says, where a story is about it. */
const sentenceOf = (item: Key & Item): string => {
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

const COMMANDS: Readonly<Record<string, (input: never, table: Table, pageLimit: PageLimit) => TableCall>> = {
  GetCommand: ({ Key: key }: GetCommandInput, table) => ({
    label: `get ${nameOf(keyOf(key))}`,
    kind: 'read',
    effect: () => ({ Item: structuredClone(table.get(keyOf(key))) }),
  }),

  PutCommand: ({ Item: item, ...given }: PutCommandInput, table) => ({
    label: `put ${nameOf(keyOf(item))}`,
    kind: 'write',
    told: () => `writes ${sentenceOf(item as Key & Item)}`,
    effect: () => {
      const before = table.get(keyOf(item));
      if (!holds(given, before)) throw refusal(before);
      table.put(item as Key & Item);
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
      const after = update(table, input);
      return input.ReturnValues === 'UPDATED_NEW' ? { Attributes: after } : {};
    },
  }),

  TransactWriteCommand: ({ TransactItems = [] }: TransactWriteCommandInput, table) => ({
    label: `write ${TransactItems.map(({ Put, Update: change }) => nameOf(keyOf(Put?.Item ?? change?.Key))).join(' and ')}`,
    kind: 'write',
    told: () =>
      `writes ${TransactItems.map(({ Put, Update: change }) => nameOf(keyOf(Put?.Item ?? change?.Key))).join(' and ')}`,
    effect: () => {
      const reasons = TransactItems.map(({ Put, Update: change }) => {
        const before = table.get(keyOf(Put?.Item ?? change?.Key));
        const one = Put ?? change;
        if (one === undefined || holds(one as Conditional, before)) return { Code: 'None' };
        return { Code: 'ConditionalCheckFailed', ...(before === undefined ? {} : { Item: marshalled(before) }) };
      });
      if (reasons.some(({ Code }) => Code !== 'None')) {
        throw new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons: reasons });
      }
      for (const { Put, Update: change } of TransactItems) {
        if (Put !== undefined) table.put(Put.Item as Key & Item);
        if (change !== undefined) update(table, change as Update);
      }
      return {};
    },
  }),

  QueryCommand: (input: QueryCommandInput, table, pageLimit) => {
    const { partition, isWanted } = condition(input);
    const limit = input.Limit ?? Number.POSITIVE_INFINITY;
    const after = input.ExclusiveStartKey?.SK as string | undefined;
    const label = `query ${readable(partition)}`;
    return {
      label,
      kind: 'read',
      isNextPage: after !== undefined,
      effect: () => {
        const isBackward = input.ScanIndexForward === false;
        const isBehind = (sortKey: string) => after === undefined || (isBackward ? sortKey < after : sortKey > after);
        const inOrder = table.page(partition, (sortKey) => isWanted(sortKey) && isBehind(sortKey));
        const found = isBackward ? inOrder.toReversed() : inOrder;
        const Items = found.slice(0, Math.min(limit, pageLimit(label, found.length)));
        return found.length > Items.length ? { Items, LastEvaluatedKey: keyOf(Items.at(-1)) } : { Items };
      },
    };
  },

  BatchGetCommand: ({ RequestItems = {} }: BatchGetCommandInput, table) => {
    const [[name, { Keys = [] }] = ['', {}]] = Object.entries(RequestItems);
    return {
      label: `get ${Keys.map((key) => nameOf(keyOf(key))).join(', ')}`,
      kind: 'read',
      effect: () => ({ Responses: { [name]: Keys.flatMap((key) => structuredClone(table.get(keyOf(key))) ?? []) } }),
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
          if (PutRequest?.Item !== undefined) table.put(PutRequest.Item as Key & Item);
          if (DeleteRequest?.Key !== undefined) table.remove(keyOf(DeleteRequest.Key));
        }
        return {};
      },
    };
  },
};

const marshalled = (item: Item) => marshall(item, { removeUndefinedValues: true });

const refusal = (before: Item | undefined): ConditionalCheckFailedException =>
  new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(before === undefined ? {} : { Item: marshalled(before) }),
  });

const CLAUSE = /^(?:attribute_(not_exists|exists)\(([\w#]+)\)|([\w#]+) (=|<|<=) (:\w+))$/;

/** Clauses joined by OR and AND, without brackets: `attribute_not_exists(a)`, `a = :b`, `a < :b`, `a <= :b`. */
const holds = (given: Conditional, item: Item | undefined): boolean => {
  const { ConditionExpression: expression, ExpressionAttributeNames: names = {} } = given;
  const plain = expression?.replace(/#\w+/g, (name) => names[name] ?? name);
  const isTrue = (clause: string): boolean => clauseHolds(clause, item, given.ExpressionAttributeValues);
  return plain === undefined || plain.split(' OR ').some((all) => all.split(' AND ').every(isTrue));
};

const clauseHolds = (clause: string, item: Item | undefined, values: Values): boolean => {
  const [, existence, attribute = '', name = '', operator, value = ''] = CLAUSE.exec(clause) ?? [];
  if (existence !== undefined) return (item?.[attribute] === undefined) === (existence === 'not_exists');
  if (operator === undefined) throw new Error(`not understood: ${clause}`);
  const [one, other] = [item?.[name], values?.[value]] as [number | undefined, number];
  if (one === undefined) return false;
  return one === other ? operator !== '<' : operator !== '=' && one < other;
};

/** One of `SET a = :b, c = :d`, `REMOVE a` and `ADD a :b`, or several, one after the other. */
const updated = (
  item: Item,
  { UpdateExpression = '', ExpressionAttributeNames, ExpressionAttributeValues }: Update,
): Item => {
  const changed: Record<string, unknown> = { ...item };
  for (const clause of UpdateExpression.split(/ (?=(?:SET|REMOVE|ADD) )/)) {
    const [, verb = '', list = ''] = /^(SET|REMOVE|ADD) (.+)$/.exec(clause) ?? [];
    for (const part of list.split(', ')) {
      const [text = '', value = ''] = part.split(verb === 'SET' ? ' = ' : ' ');
      const name = ExpressionAttributeNames?.[text] ?? text;
      const given = ExpressionAttributeValues?.[value];
      if (verb === 'SET') changed[name] = given;
      else if (verb === 'REMOVE') delete changed[name];
      else if (verb === 'ADD') changed[name] = Number(changed[name] ?? 0) + Number(given);
      else throw new Error(`not understood: ${UpdateExpression}`);
    }
  }
  return changed;
};

const update = (table: Table, given: Update): Item => {
  const key = keyOf(given.Key);
  const after = { ...updated(table.get(key) ?? key, given), ...key };
  table.put(after);
  return after;
};

const RANGE = /^PK = (:\w+)(?: AND (?:SK (>=|<) (:\w+)|SK BETWEEN (:\w+) AND (:\w+)|begins_with\(SK, (:\w+)\)))?$/;

const condition = ({ KeyConditionExpression = '', ExpressionAttributeValues }: QueryCommandInput) => {
  const match = RANGE.exec(KeyConditionExpression);
  if (match === null) throw new Error(`not understood: ${KeyConditionExpression}`);
  const given = (name: string | undefined) =>
    name === undefined ? undefined : String(ExpressionAttributeValues?.[name]);
  const [partition = '', bound, from, to, prefix] = [match[1], match[3], match[4], match[5], match[6]].map(given);
  const isWanted = (sortKey: string): boolean => {
    if (prefix !== undefined) return sortKey.startsWith(prefix);
    if (from !== undefined && to !== undefined) return sortKey >= from && sortKey <= to;
    if (bound === undefined) return true;
    return match[2] === '<' ? sortKey < bound : sortKey >= bound;
  };
  return { partition, isWanted };
};
