import type { Lane } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parkTable } from '../../../services/delivery/src/adapters/park-table.ts';
import { textAttributes } from '../../../services/delivery/src/adapters/retry-queue.ts';
import { admitBatch } from '../../../services/delivery/src/domain/admit-batch.ts';
import { dueTaskOf } from '../../../services/delivery/src/domain/due-task.ts';
import { handleTask } from '../../../services/delivery/src/domain/handle-task.ts';
import { parkFor } from '../../../services/delivery/src/domain/park.ts';
import { batchHandler } from '../../../services/delivery/src/handlers/batch-handler.ts';
import { environments, isInjected } from '../actor.ts';
import type { QueueMessage } from '../queue.ts';
import { LANE_URLS } from '../queues.ts';
import { silentLogger, silentMetrics } from '../silent.ts';
import { type Consumers, LIMITS_MS, type World } from '../world.ts';
import { attempting, begin, type Inside } from './attempting.ts';

type Process = { readonly inside: Inside; readonly handle: (event: SQSEvent) => Promise<SQSBatchResponse> };

/** Workers of the lanes, as `lane.ts` puts them together: batches of tasks, each in a process of its own. */
export const deliverers = (world: World): Consumers['receiveTasks'] => {
  const processes = {
    webhook: environments('delivery', world, () => processOf('webhook', world)),
    slow: environments('slow delivery', world, () => processOf('slow', world)),
    aws: environments('delivery to AWS', world, () => processOf('aws', world)),
  };
  return (lane, batch) => deliver(lane, batch, processes[lane], world);
};

const deliver = (
  lane: Lane,
  batch: readonly QueueMessage[],
  processes: ReturnType<typeof environments<Process>>,
  world: World,
): void => {
  const environment = processes.take();
  const { inside, handle } = environment.kept;
  const name = world.numbered(`${environment.name} with ${batch.map(({ label }) => label).join(', ')}`);
  world.invoke<SQSBatchResponse>({
    name,
    environment,
    limitMs: LIMITS_MS[lane],
    work: (actor) => {
      begin(inside, actor);
      return handle({ Records: batch.map(({ record }) => record) });
    },
    ended: (how) => {
      if (how.kind !== 'died') processes.giveBack(environment);
      if (how.kind === 'failed') world.unexpected(name, how.error);
      const failed = new Set(how.kind === 'done' ? how.value.batchItemFailures.map((one) => one.itemIdentifier) : []);
      if (how.kind === 'done') for (const error of inside.errors) world.unexpected(name, error);
      for (const message of batch) {
        if (how.kind === 'done' && !failed.has(message.record.messageId)) {
          world.queues[LANE_URLS[lane]].remove(message);
        } else if (how.kind !== 'done' || inside.errors.some(isInjected)) message.faults += 1;
      }
    },
  });
};

const processOf = (lane: Lane, world: World): Process => {
  const { inside, client, waiting, keepUntilDue, scheduleRetry, readState, retryPolicy, ...shared } = attempting(
    world,
    lane,
    lane,
  );
  const ports = { ...shared.ports, saveParked: parkTable(client, 'table', waiting).saveParked, lane };
  const handle = batchHandler({
    logger: silentLogger((error) => void inside.errors.push(error)),
    metrics: silentMetrics,
    readState,
    admit: (tasks, stateOf) => admitBatch(tasks, stateOf, ports),
    parkFor: () => parkFor(ports),
    retryPolicy,
    deliver: handleTask,
    portsOf: ({ messageAttributes }, park) => {
      const attributes = textAttributes(messageAttributes);
      return {
        ...ports,
        park: (task, reason, endpoint) => park(task, reason, endpoint, attributes),
        scheduleRetry: (retry, delaySeconds) => scheduleRetry(retry, delaySeconds, attributes),
        keepUntilDue: async (retry, dueAt) => void (await keepUntilDue(dueTaskOf(retry, dueAt, attributes))),
      };
    },
    end: () => {},
  });
  return { inside, handle };
};
