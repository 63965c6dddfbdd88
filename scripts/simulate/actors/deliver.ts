import { dueWriter } from '@fanfare/core/aws/due-writer';
import { attemptKey } from '@fanfare/core/keys';
import type { DeliveryTask, Lane } from '@fanfare/events/delivery-task';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { attemptTable } from '../../../services/delivery/src/adapters/attempt-table.ts';
import { endpointHealthTable } from '../../../services/delivery/src/adapters/endpoint-health-table.ts';
import { endpointMarksTable } from '../../../services/delivery/src/adapters/endpoint-marks-table.ts';
import { parkTable } from '../../../services/delivery/src/adapters/park-table.ts';
import { retryLanes, textAttributes } from '../../../services/delivery/src/adapters/retry-queue.ts';
import { slotTable } from '../../../services/delivery/src/adapters/slot-table.ts';
import { type StateOf, taskStateTable } from '../../../services/delivery/src/adapters/task-state-table.ts';
import { wakeQueue } from '../../../services/delivery/src/adapters/wake-queue.ts';
import { admitBatch } from '../../../services/delivery/src/domain/admit-batch.ts';
import { dueTaskOf } from '../../../services/delivery/src/domain/due-task.ts';
import { endpointPressure } from '../../../services/delivery/src/domain/endpoint-pressure.ts';
import { handleTask } from '../../../services/delivery/src/domain/handle-task.ts';
import { parkFor } from '../../../services/delivery/src/domain/park.ts';
import { batchHandler } from '../../../services/delivery/src/handlers/batch-handler.ts';
import { type Actor, environments, isInjected } from '../actor.ts';
import { taskLabel } from '../ledger.ts';
import type { QueueMessage } from '../queue.ts';
import { queueClients } from '../queue-client.ts';
import { LANE_URLS, PARK_URL } from '../queues.ts';
import { senders } from '../senders.ts';
import { silentLogger, silentMetrics } from '../silent.ts';
import { reservedSlots } from '../slots-seen.ts';
import { type Consumers, LIMITS_MS, type World } from '../world.ts';

/** A process of a lane's function: what it keeps from one batch to the next, and what it is doing. */
type Inside = {
  actor: Actor | undefined;
  /** What the batch has read. */
  stateOf: StateOf | undefined;
  /** Attempts of the batch that stand recorded, or were sent. */
  readonly taken: Set<string>;
  readonly probes: Set<string>;
  readonly errors: unknown[];
};
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
      Object.assign(inside, { actor, stateOf: undefined });
      inside.taken.clear();
      inside.probes.clear();
      inside.errors.length = 0;
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
  const { table, numbered, choices, pressure } = world;
  const inside: Inside = { actor: undefined, stateOf: undefined, taken: new Set(), probes: new Set(), errors: [] };
  const actor = (): Actor => inside.actor as Actor;
  const now = (): number => actor().now();
  const sleep = (ms: number): Promise<void> => actor().wait(ms);
  const waiting = { sleep, random: () => 0.5 };
  const client = world.clientFor(actor, lane);
  const { sqs } = queueClients(world, actor);
  const keepUntilDue = dueWriter(client, 'table', now);
  const scheduleRetry = retryLanes(sqs, LANE_URLS);
  const readTable = taskStateTable(client, 'table', waiting);
  const { taken, probes } = inside;
  const send = senders(world, { actor, stateOf: (task) => inside.stateOf?.(task), taken, probes });
  const ports = {
    send: (request: Parameters<typeof send>[1], task: DeliveryTask) => send(task, request, lane),
    openSecrets: (_ref: unknown, secrets: readonly { readonly sealed: Uint8Array }[]) =>
      actor().call({
        label: 'secrets',
        kind: 'read',
        effect: () => secrets.map(({ sealed }) => sealed),
      }),
    openHeaders: async () => ({}),
    record: attemptTable(client, 'table'),
    changeHealth: endpointHealthTable({ client, tableName: 'table', waiting, now }),
    failingLimitMs: world.failingLimitMs,
    ...endpointMarksTable(client, 'table'),
    sendWake: wakeQueue({ client: sqs, queueUrl: PARK_URL, keepUntilDue, now }),
    saveParked: parkTable(client, 'table', waiting).saveParked,
    reserveSlots: reservedSlots(slotTable(client, 'table'), world),
    observe: endpointPressure(pressure),
    onUnwritten: (_transition: unknown, error: unknown) => world.unexpected(lane, error),
    lane,
    sleep,
    now,
    random: () => choices.fraction(numbered('jitter')),
    mintAttemptId: () => numbered('atmpt').replace(' (', '_').replace(')', ''),
    mintCopyId: () => numbered('copy'),
  };
  const handle = batchHandler({
    logger: silentLogger((error) => void inside.errors.push(error)),
    metrics: silentMetrics,
    readState: async (tasks) => {
      const reading = readTable(tasks);
      for (const task of tasks) {
        if (table.get(attemptKey(task)) !== undefined) taken.add(taskLabel(task));
        if (task.probe) probes.add(taskLabel(task));
      }
      inside.stateOf = await reading;
      return inside.stateOf;
    },
    admit: (tasks, stateOf) => admitBatch(tasks, stateOf, ports),
    parkFor: () => parkFor(ports),
    retryPolicy: () =>
      actor().call({
        label: 'policy',
        kind: 'read',
        effect: () => ({ delaysSeconds: world.delaysSeconds, byEventType: new Map() }),
      }),
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
