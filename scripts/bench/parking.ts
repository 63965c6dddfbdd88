import { setTimeout as sleep } from 'node:timers/promises';
import { concurrently } from '@fanfare/core/concurrently';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { Wake } from '@fanfare/events/wake';
import { endpointMarksTable } from '../../services/delivery/src/adapters/endpoint-marks-table.ts';
import { orderedTable } from '../../services/delivery/src/adapters/ordered-table.ts';
import { parkTable } from '../../services/delivery/src/adapters/park-table.ts';
import { slotTable } from '../../services/delivery/src/adapters/slot-table.ts';
import { admitAll } from '../../services/delivery/src/domain/admission.ts';
import { drain } from '../../services/delivery/src/domain/drain.ts';
import { parkFor } from '../../services/delivery/src/domain/park.ts';
import { benchTable, endpointOf, putEndpoint, REF, TABLE } from './bench-table.ts';

export const PARKED_TASKS = 10_000;
const BATCH = 10;
const FUNCTIONS = 20;

export type ParkFigures = {
  readonly parked: number;
  readonly writeUnits: number;
  readonly wakes: number;
  readonly parkSeconds: number;
  readonly released: number;
  readonly releaseUnits: { readonly read: number; readonly write: number };
  readonly releaseSeconds: number;
};

/** Parks and releases tasks of a dead endpoint, by the code that delivery runs, on a table of the emulator. */
export const measureParking = async (endpoint: string): Promise<ParkFigures> => {
  const { client, takeUnits } = await benchTable(endpoint);
  const dead = await putEndpoint(client, { disabled: true });
  const wakes: Wake[] = [];
  const sendWake = async (wake: Wake): Promise<void> => void wakes.push(wake);
  const ports = {
    ...endpointMarksTable(client, TABLE),
    ...parkTable(client, TABLE, { sleep, random: Math.random }),
    sendWake,
    now: Date.now,
  };
  takeUnits();

  const parkedAt = performance.now();
  const batches = Array.from({ length: PARKED_TASKS / BATCH }, (_, n) => n * BATCH);
  await concurrently(FUNCTIONS, batches, async (from) => {
    const state = (await ports.readState(REF)).endpoint ?? dead;
    const park = parkFor(ports);
    await Promise.all(Array.from({ length: BATCH }, (_, n) => park(taskOf(from + n), 'disabled', state, {})));
  });
  const parkSeconds = (performance.now() - parkedAt) / 1000;
  const { write: writeUnits } = takeUnits();
  const announced = wakes.length;

  await ports.readState(REF);
  const wakeAt = Date.now();
  await putEndpoint(client, { wakeAt });
  takeUnits();
  const releasedAt = performance.now();
  const { released } = await drain(
    { v: 1, ...REF, wakeAt },
    { ratePerSecond: 1_000, stopAt: Date.now() + 300_000 },
    {
      ...ports,
      readCursors: orderedTable({ client, tableName: TABLE, waiting: { sleep, random: Math.random }, now: Date.now })
        .readCursors,
      announce: async () => undefined,
      reserveSlots: slotTable(client, TABLE),
      send: async (all) => new Set(all),
      mintCopyId: () => 'bench',
    },
  );
  return {
    parked: PARKED_TASKS,
    writeUnits,
    wakes: announced,
    parkSeconds,
    released,
    releaseUnits: takeUnits(),
    releaseSeconds: (performance.now() - releasedAt) / 1000,
  };
};

export const RATES = [1, 10, 100, 500] as const;
const WINDOW_MS = 10_000;

export type RateFigures = {
  readonly rate: number;
  readonly sent: number;
  readonly writeUnits: number;
  readonly tasks: number;
};

/** How many attempts an endpoint sees in ten seconds, of more tasks than its rate lets through, over several functions. */
export const measureRate = async (endpoint: string, rate: number): Promise<RateFigures> => {
  const { client, takeUnits } = await benchTable(endpoint);
  const ref = { ...REF, endpointId: `ep_rate_${rate}_${Date.now()}` };
  const state = {
    application: { kind: 'application-version', version: 1 },
    endpoint: { ...endpointOf({ throttleRate: rate }), id: ref.endpointId },
  } as const;
  const reserveSlots = slotTable(client, TABLE);
  const tasks = rate * 15;
  let queue = Array.from({ length: tasks }, (_, n) => ({
    visibleAt: 0,
    task: { ...taskOf(n), ...ref } as DeliveryTask,
  }));
  const sentAt: number[] = [];
  const endsAt = Date.now() + WINDOW_MS + 3_000;
  const work = async (): Promise<void> => {
    while (Date.now() < endsAt) {
      const now = Date.now();
      const batch = queue.filter(({ visibleAt }) => visibleAt <= now).slice(0, BATCH);
      if (batch.length === 0) {
        await sleep(20);
        continue;
      }
      const taken = new Set(batch);
      queue = queue.filter((one) => !taken.has(one));
      const ports = { reserveSlots, lane: 'webhook', now: Date.now, random: Math.random } as const;
      const admissions = await admitAll(
        batch.map(({ task }) => ({ task, state })),
        ports,
      );
      const waits = admissions.map(async (admission) => {
        if (admission.kind === 'attempt') {
          await sleep(admission.waitMs);
          sentAt.push(Date.now());
        }
        if (admission.kind === 'postpone') {
          queue.push({ visibleAt: Date.now() + admission.delaySeconds * 1000, task: admission.task });
        }
      });
      await Promise.all(waits);
    }
  };
  await Promise.all(Array.from({ length: FUNCTIONS }, work));
  const from = Math.min(...sentAt) + 1_000;
  const sent = sentAt.filter((at) => at >= from && at < from + WINDOW_MS).length;
  return { rate, sent, writeUnits: takeUnits().write, tasks };
};

const taskOf = (n: number): DeliveryTask => ({
  v: 1,
  ...REF,
  messageId: `msg_${String(n).padStart(27, '0')}`,
  attempt: 1,
  trigger: 'scheduled',
  eventType: 'order.paid',
  acceptedAt: Date.now(),
  copyId: 'bench',
  payload: { encoding: 'identity', base64: 'e30=' },
});
