import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { dueWriter } from '@fanfare/core/aws/due-writer';
import { attemptKey } from '@fanfare/core/keys';
import { attemptRecord } from '@fanfare/events/attempt-record';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { SQSRecord } from 'aws-lambda';
import { attemptTable } from '../../../services/delivery/src/adapters/attempt-table.ts';
import { endpointHealthTable } from '../../../services/delivery/src/adapters/endpoint-health-table.ts';
import { retryQueue, textAttributes } from '../../../services/delivery/src/adapters/retry-queue.ts';
import { taskStateTable } from '../../../services/delivery/src/adapters/task-state-table.ts';
import type { DeliverPorts } from '../../../services/delivery/src/domain/deliver.ts';
import { deliverInLane } from '../../../services/delivery/src/domain/deliver-in-lane.ts';
import { dueTaskOf } from '../../../services/delivery/src/domain/due-task.ts';
import { type DeliverTask, taskBatch } from '../../../services/delivery/src/domain/task-batch.ts';
import { readTask } from '../../../services/delivery/src/handlers/task-record.ts';
import { type Actor, environments, isInjected, MOST_SKEW_MS } from '../actor.ts';
import { increment, taskLabel } from '../ledger.ts';
import { payloadObjects } from '../object-client.ts';
import type { QueueMessage } from '../queue.ts';
import { queueClients } from '../queue-client.ts';
import { receivers } from '../receivers.ts';
import type { Consumers, World } from '../world.ts';

const LIMIT_MS = 30_000;
const SEND_LIMIT_MS = 15_000;
/** A wait is rounded to whole seconds, up to half of one away from what is recorded. */
const ROUNDING_MS = 1_000;

/** Workers of a lane: batches of tasks, each in a process of its own. */
export const deliverers = (world: World): Consumers['receiveTasks'] => {
  const { invoke, numbered, table, lane, ledger, timeline } = world;
  const processes = environments('delivery', world, () => undefined);
  const receive = receivers(world);

  const send = async (task: DeliveryTask, actor: Actor, request: Parameters<DeliverPorts['send']>[0]) => {
    const label = taskLabel(task);
    const outcome = await actor.call({
      label: `${label}: send`,
      kind: 'request',
      told: () => `sends ${label}`,
      effect: () => {
        checkDue(task);
        return receive(request, label);
      },
    });
    world.story.tell(() => `${label} is ${outcome.kind === 'answered' ? `answered ${outcome.status}` : outcome.kind}`);
    if (outcome.kind === 'timed-out') await actor.wait(SEND_LIMIT_MS);
    return outcome;
  };

  /** An attempt after the first has one before it that stands recorded, failed, and said when this one may be made. */
  const checkDue = (task: DeliveryTask): void => {
    if (task.attempt === 1) return;
    const before = table.get(attemptKey({ ...task, attempt: task.attempt - 1 }));
    if (before === undefined) {
      ledger.violations.push(`${taskLabel(task)} is sent before the attempt before it is recorded`);
      return;
    }
    const { nextAttemptAt } = attemptRecord.parse(before);
    if (nextAttemptAt === undefined)
      ledger.violations.push(`${taskLabel(task)} is sent although nothing was to follow`);
    else if (timeline.now() + MOST_SKEW_MS + ROUNDING_MS < nextAttemptAt) {
      ledger.violations.push(`${taskLabel(task)} is sent before its time`);
    }
  };

  const clientOf = (actor: Actor) => world.clientFor(() => actor, 'delivery');

  const portsOf = (task: DeliveryTask, record: SQSRecord, actor: Actor, sent: Set<string>): DeliverPorts => ({
    openSecrets: (_ref, secrets) =>
      actor.call({
        label: `${taskLabel(task)}: secrets`,
        kind: 'read',
        effect: () => secrets.map(({ sealed }) => sealed),
      }),
    openHeaders: async () => ({}),
    send: (request) => {
      const label = taskLabel(task);
      if (sent.has(label)) ledger.violations.push(`${label} is sent although it stood recorded, or twice in one batch`);
      sent.add(label);
      return send(task, actor, request);
    },
    record: attemptTable(clientOf(actor), 'table'),
    changeHealth: endpointHealthTable({
      client: clientOf(actor),
      tableName: 'table',
      waiting: { sleep: actor.wait, random: () => 0.5 },
      now: actor.now,
    }),
    failingLimitMs: world.failingLimitMs,
    scheduleRetry: (retry, delaySeconds) =>
      retryQueue(queueClients(world, actor).sqs, 'the lane')(
        retry,
        delaySeconds,
        textAttributes(record.messageAttributes),
      ),
    keepUntilDue: async (retry, dueAt) => {
      const keep = dueWriter(clientOf(actor), 'table', actor.now);
      const kept = await keep(dueTaskOf(retry, dueAt, textAttributes(record.messageAttributes)));
      if (kept === 'kept') increment(ledger.scheduled, taskLabel(retry));
    },
    now: actor.now,
    random: () => world.choices.fraction(numbered(`${taskLabel(task)}: jitter`)),
    mintAttemptId: () => numbered('atmpt').replace(' (', '_').replace(')', ''),
    mintCopyId: () => numbered('copy'),
  });

  const work = async (batch: readonly QueueMessage[], actor: Actor) => {
    const tasks = new Map(batch.map(({ record }) => [record.messageId, readTask(record)]));
    const readable = [...tasks.values()].flatMap((task) => (task.ok ? [task.value] : []));
    const sent = new Set<string>();
    const first = batch[0]?.label ?? '';
    const client = world.clientFor(() => actor, `delivery of ${first}`);
    const isRecorded = (task: DeliveryTask): boolean => table.get(attemptKey(task)) !== undefined;
    const standing = readable.filter(isRecorded).map(taskLabel);
    for (const label of standing) sent.add(label);
    const { read } = payloadObjects(world, actor);
    const readState = taskStateTable(client, 'table', { sleep: actor.wait, random: () => 0.5 }, read)(readable);
    const readPolicy = actor.call({
      label: `${first}: policy`,
      kind: 'read',
      effect: () => ({ delaysSeconds: world.delaysSeconds, byEventType: new Map() }),
    });
    const prepared = Promise.all([readState, readPolicy]).then(([stateOf, policy]) => ({ stateOf, policy }));
    const deliverTask: DeliverTask = taskBatch(prepared, (...one) => deliverInLane('webhook', ...one));
    const handle = async (record: SQSRecord): Promise<void> => {
      const task = tasks.get(record.messageId);
      if (!task?.ok) throw new Error(task?.error);
      await deliverTask(task.value, portsOf(task.value, record, actor, sent));
    };
    const processor = new BatchProcessor(EventType.SQS);
    const event = { Records: batch.map(({ record }) => record) };
    const response = await processPartialResponse(event, handle, processor, { throwOnFullBatchFailure: false });
    return {
      failed: new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      errors: processor.errors,
    };
  };

  return (batch) => {
    const environment = processes.take();
    const name = numbered(`${environment.name} with ${batch.map(({ label }) => label).join(', ')}`);
    invoke({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) => work(batch, actor),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind === 'done') for (const error of how.value.errors) world.unexpected(name, error);
        for (const message of batch) {
          if (how.kind === 'done' && !how.value.failed.has(message.record.messageId)) lane.remove(message);
          else if (how.kind !== 'done' || how.value.errors.some(isInjected)) message.faults += 1;
        }
      },
    });
  };
};
