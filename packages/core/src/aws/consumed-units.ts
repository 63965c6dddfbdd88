import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What the table charged: units as DynamoDB bills them, indexes included. */
export type ConsumedUnits = { readonly read: number; readonly write: number };

type Capacity = {
  readonly CapacityUnits?: number;
};

/**
 * Makes the client ask for the consumed capacity of every call and adds it up. The answer takes what was consumed since
 * the last time it was asked, so that each invocation can report its own cost.
 */
export const meter = (client: DynamoDBClient): (() => ConsumedUnits) => {
  let units: ConsumedUnits = { read: 0, write: 0 };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as never });
      const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: Capacity | Capacity[] };
      const kind = /Get|Query|Scan/.test(context.commandName ?? '') ? 'read' : 'write';
      for (const capacity of [ConsumedCapacity ?? []].flat()) {
        units = { ...units, [kind]: units[kind] + (capacity.CapacityUnits ?? 0) };
      }
      return answer;
    },
    { step: 'initialize', name: 'meterConsumedUnits' },
  );
  return () => {
    const taken = units;
    units = { read: 0, write: 0 };
    return taken;
  };
};
