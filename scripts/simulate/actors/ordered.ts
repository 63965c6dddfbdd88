import { orderedTable } from '../../../services/delivery/src/adapters/ordered-table.ts';
import { orderedWakes } from '../../../services/delivery/src/adapters/ordered-wakes.ts';
import { releasedTasks } from '../../../services/delivery/src/adapters/released-tasks.ts';
import { admitAll } from '../../../services/delivery/src/domain/admission.ts';
import { attemptOnce } from '../../../services/delivery/src/domain/ordered/attempt-once.ts';
import { type LookPorts, lookAtLog } from '../../../services/delivery/src/domain/ordered/look-at-log.ts';
import type { Looked } from '../../../services/delivery/src/domain/ordered/looked.ts';
import { readWake } from '../../../services/delivery/src/handlers/wake-record.ts';
import { environments, isInjected } from '../actor.ts';
import { taskLabel } from '../ledger.ts';
import { readable } from '../names.ts';
import type { QueueMessage } from '../queue.ts';
import { LOGS_URL, PARK_URL } from '../queues.ts';
import { type Consumers, LIMITS_MS, type World } from '../world.ts';
import { attempting, begin, type Inside } from './attempting.ts';

/** As `deliver-ordered.ts` has them. */
const ATTEMPT_MS = 20_000;
const MARGIN_MS = 2_000;
const LEASE_MS = 90_000;
/** How long a worker is slow between its look at a cursor and its write, so that another one writes meanwhile. */
const IN_HAND_MS = [0, 20, 5_000] as const;
const IN_HAND_ODDS = [0.06, 0.03];

/** Workers of the logs of ordered endpoints: one wake-up at a time, each in a process of its own. */
export const orderedWorkers = (world: World): Consumers['receiveLogs'] => {
  const { invoke, numbered, queues, story } = world;
  const processes = environments('ordered', world, () => processOf(world));

  return (message) => {
    const environment = processes.take();
    const { inside, look } = environment.kept;
    const name = numbered(`${environment.name} with ${message.label}`);
    invoke<Looked>({
      name,
      environment,
      limitMs: LIMITS_MS.ordered,
      work: (actor) => {
        begin(inside, actor);
        return look(message);
      },
      ended: (how) => {
        // What a log's worker cannot handle is an error of its only record, not of the function.
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind === 'done') story.tell(() => `${name} is ${describe(how.value)}`);
        if (how.kind === 'done') queues[LOGS_URL].remove(message);
        else if (how.kind === 'died' || isInjected(how.error)) message.faults += 1;
      },
    });
  };
};

const describe = ({ kind, done, hold }: Looked): string =>
  `${kind}: ${done.attempted} attempted, ${done.released} released, ${done.closed} closed${hold ? `, waits (${hold.reason})` : ''}`;

type Process = { readonly inside: Inside; readonly look: (message: QueueMessage) => Promise<Looked> };

const processOf = (world: World): Process => {
  const { inside, client, sqs, waiting, keepUntilDue, scheduleRetry, readState, retryPolicy, ports } = attempting(
    world,
    'ordered',
    'ordered',
  );
  const { now, sleep, random, reserveSlots, mintCopyId } = ports;
  const table = orderedTable({ client, tableName: 'table', waiting, now });
  const lookPorts: LookPorts = {
    ...table,
    moveCursor: async (ref, seen, to) => {
      const label = world.numbered(`log of ${readable(ref.endpointId)}: cursor in hand`);
      const inHandMs = IN_HAND_MS[world.choices.choose('delay', label, IN_HAND_ODDS)] ?? 0;
      if (inHandMs > 0) await sleep(inHandMs);
      return table.moveCursor(ref, seen, to);
    },
    announce: orderedWakes({ client: sqs, parkUrl: PARK_URL, orderedUrl: LOGS_URL, keepUntilDue, now }),
    taskState: async (task) => (await readState([task]))(task),
    admit: async (task, state) => {
      if (task.probe) inside.probes.add(taskLabel(task));
      const [admission] = await admitAll([{ task, state }], { reserveSlots, lane: 'slow', now, random });
      if (admission === undefined) throw new Error('an attempt was not decided on');
      return admission;
    },
    attempt: async (task, state, waitMs) => (await attemptOnce(task, state, waitMs, await retryPolicy(), ports)).record,
    release: releasedTasks({ scheduleRetry, keepUntilDue, now }),
    sleep,
    now,
    mintCopyId,
    mintLeaseId: () => world.numbered('lease'),
  };
  const look = ({ record }: QueueMessage): Promise<Looked> => {
    const stopAt = now() + LIMITS_MS.ordered - MARGIN_MS;
    return lookAtLog(readWake(record), { stopAt, attemptMs: ATTEMPT_MS, leaseMs: LEASE_MS }, lookPorts);
  };
  return { inside, look };
};
