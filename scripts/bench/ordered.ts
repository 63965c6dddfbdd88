import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ConsumedUnits } from '@fanfare/core/aws/consumed-units';
import { packPayload } from '@fanfare/core/payload';
import type { MessageRecord } from '@fanfare/events/message-record';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { attemptTable } from '../../services/delivery/src/adapters/attempt-table.ts';
import { orderedTable } from '../../services/delivery/src/adapters/ordered-table.ts';
import { taskStateTable } from '../../services/delivery/src/adapters/task-state-table.ts';
import { attemptRecordOf } from '../../services/delivery/src/domain/attempt.ts';
import { type LookPorts, lookAtLog } from '../../services/delivery/src/domain/ordered/look-at-log.ts';
import { messageTable } from '../../services/ingest/src/adapters/message-table.ts';
import { saveInOrder } from '../../services/ingest/src/domain/save-in-order.ts';
import { benchTable, putEndpoint, REF, TABLE } from './bench-table.ts';

export const ORDERED_EVENTS = 500;
export const FOUND_TOGETHER = [1, 5, 25] as const;
const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
const BODY = new TextEncoder().encode(
  JSON.stringify({ type: 'order.paid', data: { id: 'ord_1', note: 'x'.repeat(200) } }),
);

export type OrderedFigures = {
  /** Messages of a log that were there when it was looked at. */
  readonly together: number;
  readonly events: number;
  readonly accepted: ConsumedUnits;
  readonly delivered: ConsumedUnits;
};

/** What it costs to accept and to deliver in order, by the code that ingest and delivery run, on a table of the emulator. */
export const measureOrdered = async (endpoint: string, together: number): Promise<OrderedFigures> => {
  const { client, takeUnits } = await benchTable(endpoint);
  await putEndpoint(client, { orderedSince: 1, orderedVersion: 1 });
  const now = Date.now;
  const ports = { ...messageTable(client, TABLE, now, waiting), isSaved: async () => false };
  const looks = lookPorts(client);
  let [accepted, delivered]: ConsumedUnits[] = [];
  takeUnits();
  for (let first = 0; first < ORDERED_EVENTS; first += together) {
    // A key of its own for each run, so that the first look of each is among those that are measured.
    const orderingKey = `${together}-${now()}-${first % 10}`;
    for (let n = 0; n < together; n += 1) {
      const ref = { orgId: REF.orgId, appId: REF.appId, messageId: `msg_${now()}_${first + n}` };
      await saveInOrder(orderingKey, false, ports)(ref, messageOf(now()));
    }
    accepted = sum(accepted, takeUnits());
    const wake = { v: 2, ...REF, orderingKey, number: together } as const;
    const stopAt = now() + 600_000;
    const { done } = await lookAtLog(wake, { stopAt, attemptMs: 1_000, leaseMs: 90_000 }, looks);
    if (done.attempted !== together) throw new Error(`${done.attempted} of ${together} messages were attempted`);
    delivered = sum(delivered, takeUnits());
  }
  const none = { read: 0, write: 0 };
  return { together, events: ORDERED_EVENTS, accepted: accepted ?? none, delivered: delivered ?? none };
};

const sum = (one: ConsumedUnits | undefined, other: ConsumedUnits): ConsumedUnits => ({
  read: (one?.read ?? 0) + other.read,
  write: (one?.write ?? 0) + other.write,
});

const messageOf = (acceptedAt: number): MessageRecord => {
  const { encoding, bytes } = packPayload(BODY);
  return {
    kind: 'message',
    eventType: 'order.paid',
    payload: bytes,
    encoding,
    acceptedAt,
    appVersion: 1,
    correlationId: 'bench',
    payloadExpiresAt: Math.floor(acceptedAt / 1000) + RETENTION_SECONDS,
    expiresAt: Math.floor(acceptedAt / 1000) + RETENTION_SECONDS,
  };
};

/** An endpoint that answers at once. */
const lookPorts = (client: DynamoDBDocumentClient): LookPorts => {
  const readState = taskStateTable(client, TABLE, waiting);
  const record = attemptTable(client, TABLE);
  const step = { kind: 'delivered' } as const;
  const outcome = { kind: 'answered', status: 200, body: new TextEncoder().encode('ok') } as const;
  let minted = 0;
  return {
    ...orderedTable({ client, tableName: TABLE, waiting, now: Date.now }),
    taskState: async (task) => (await readState([task]))(task),
    admit: async () => ({ kind: 'attempt', waitMs: 0 }),
    attempt: async (task, { endpoint }) => {
      minted += 1;
      const attemptedAt = Date.now();
      const id = `atmpt_${attemptedAt}_${minted}`;
      return record(task, attemptRecordOf({ id, task, endpoint, attemptedAt, endedAt: Date.now(), outcome, step }));
    },
    announce: async () => undefined,
    release: async () => undefined,
    sleep,
    now: Date.now,
    mintCopyId: () => 'bench',
    mintLeaseId: () => `lease-${Date.now()}-${Math.random()}`,
  };
};
