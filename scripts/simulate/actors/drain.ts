import { dueWriter } from '@fanfare/core/aws/due-writer';
import { orderedWake } from '@fanfare/events/ordered-wake';
import { wake } from '@fanfare/events/wake';
import * as z from 'zod/mini';
import { endpointMarksTable } from '../../../services/delivery/src/adapters/endpoint-marks-table.ts';
import { orderedTable } from '../../../services/delivery/src/adapters/ordered-table.ts';
import { orderedWakes, wakeOrdered } from '../../../services/delivery/src/adapters/ordered-wakes.ts';
import { parkTable } from '../../../services/delivery/src/adapters/park-table.ts';
import { releaseLanes } from '../../../services/delivery/src/adapters/release-lanes.ts';
import { slotTable } from '../../../services/delivery/src/adapters/slot-table.ts';
import { wakeQueue } from '../../../services/delivery/src/adapters/wake-queue.ts';
import { type DrainPorts, drain } from '../../../services/delivery/src/domain/drain.ts';
import { type Actor, environments, isInjected } from '../actor.ts';
import type { QueueMessage } from '../queue.ts';
import { queueClients } from '../queue-client.ts';
import { LANE_URLS, LOGS_URL, PARK_URL } from '../queues.ts';
import { reservedSlots } from '../slots-seen.ts';
import { type Consumers, LIMITS_MS, type World } from '../world.ts';

/** What waits in their queue: looks at parked tasks, and looks at logs, which go on to the queue of those. */
const looks = z.discriminatedUnion('v', [wake, orderedWake]);

/** What the handler leaves for a page that has begun. */
const MARGIN_MS = 15_000;

/** Those who look at the parked tasks of endpoints. */
export const drains = (world: World): Consumers['receiveLooks'] => {
  const { invoke, numbered, queues, pressure } = world;
  const processes = environments('drain', world, () => undefined);

  const portsOf = (actor: Actor): DrainPorts => {
    const client = world.clientFor(() => actor, 'drain');
    const { sqs } = queueClients(world, () => actor);
    const waiting = { sleep: actor.wait, random: () => 0.5 };
    const keepUntilDue = dueWriter(client, 'table', actor.now);
    return {
      ...parkTable(client, 'table', waiting),
      ...endpointMarksTable(client, 'table'),
      readCursors: orderedTable({ client, tableName: 'table', waiting, now: actor.now }).readCursors,
      announce: orderedWakes({ client: sqs, parkUrl: PARK_URL, orderedUrl: LOGS_URL, keepUntilDue, now: actor.now }),
      send: releaseLanes(sqs, LANE_URLS, waiting),
      sendWake: wakeQueue({ client: sqs, queueUrl: PARK_URL, keepUntilDue, now: actor.now }),
      reserveSlots: reservedSlots(slotTable(client, 'table'), world),
      now: actor.now,
    };
  };

  /** Each look by itself, as the handler's batch processor has it: one that fails does not end the other. */
  const look = async (message: QueueMessage, actor: Actor): Promise<unknown> => {
    const settings = {
      ratePerSecond: pressure.drainRatePerSecond,
      stopAt: actor.now() + LIMITS_MS.park - MARGIN_MS,
    };
    try {
      const given = looks.parse(JSON.parse(message.record.body));
      if (given.v === 2) {
        await wakeOrdered(queueClients(world, () => actor).sqs, LOGS_URL)(given);
        return undefined;
      }
      const drained = await drain(given, settings, portsOf(actor));
      world.story.tell(() => `${message.label}: ${drained.kind}, ${drained.released} released`);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  return (batch) => {
    const environment = processes.take();
    const name = numbered(`${environment.name} with ${batch.map(({ label }) => label).join(', ')}`);
    invoke<readonly unknown[]>({
      name,
      environment,
      limitMs: LIMITS_MS.park,
      work: (actor) => Promise.all(batch.map((message) => look(message, actor))),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        for (const [index, message] of batch.entries()) {
          const error = how.kind === 'done' ? how.value[index] : undefined;
          if (error !== undefined) world.unexpected(name, error);
          if (how.kind === 'done' && error === undefined) queues[PARK_URL].remove(message);
          else if (how.kind !== 'done' || isInjected(error)) message.faults += 1;
        }
      },
    });
  };
};
