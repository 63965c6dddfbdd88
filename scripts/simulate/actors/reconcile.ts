import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import type { Publication } from '@fanfare/core/deliveries/publication';
import { attemptKey, parkedTaskKey, RECONCILE_CURSOR_KEY, recheckTime } from '@fanfare/core/keys';
import { attemptRecord } from '@fanfare/events/attempt-record';
import { type DeliveryTask, deliveryTask } from '@fanfare/events/delivery-task';
import { accountTable } from '../../../services/fanout/src/adapters/account-table.ts';
import { applicationTable } from '../../../services/fanout/src/adapters/application-table.ts';
import { orderedTopic } from '../../../services/fanout/src/adapters/ordered-topic.ts';
import { reconcileTable } from '../../../services/fanout/src/adapters/reconcile-table.ts';
import { walkTable } from '../../../services/fanout/src/adapters/walk-table.ts';
import { applicationCache } from '../../../services/fanout/src/domain/application-cache.ts';
import { type Reconciled, type ReconcilePorts, reconcile } from '../../../services/fanout/src/domain/reconcile.ts';
import { type Actor, environments } from '../actor.ts';
import { taskLabel } from '../ledger.ts';
import { queueClients } from '../queue-client.ts';
import { LANE_URLS, LOGS_ARN, TASKS_ARN } from '../queues.ts';
import { RECONCILE } from '../settings.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 300_000;
/** What the handler leaves for the page that is under way. */
const RESERVE_MS = 30_000;
const EVERY_MS = 15 * 60_000;
/** A message that waits for its endpoint's owner is looked at again every six hours: nobody waits for that here. */
const FAR_MS = 3.5 * 3_600_000;

/** The reconciler, as long as there may be anything that it has not accounted for: sometimes not at all, or two at once. */
export const reconcilers = (world: World): void => {
  const { choices, timeline, invoke, table, onFault, story, isAtWork, startMs } = world;
  if (!world.isReconciled) return;
  const processes = environments('reconciler', world, () => processOf(world));
  const toCome = timesToCome(world);

  const start = (nth: string): void => {
    const environment = processes.take();
    const name = `${environment.name} in run ${nth}`;
    invoke<Reconciled>({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) => environment.kept(actor),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind === 'done') story.tell(() => `${name} is ${how.value.kind}: ${how.value.unaccounted} missing`);
      },
    });
  };

  let isResting = false;
  const tick = (run: number): void => {
    const fromMs = Number(table.get(RECONCILE_CURSOR_KEY)?.fromMs ?? startMs);
    const isBehind = toCome().some((atMs) => atMs >= fromMs && atMs < fromMs + FAR_MS);
    isResting = !isBehind && !isAtWork();
    if (isResting) return;
    const how = isBehind ? choices.choose('duplicate', `run ${run} of the reconciler`, [0.06, 0.06]) : 0;
    if (how > 0) onFault('reconciler');
    if (isBehind && how !== 2) start(`${run}`);
    if (how === 1) start(`${run}, second`);
    timeline.after(EVERY_MS, () => tick(run + 1));
  };
  timeline.after(EVERY_MS, () => tick(1));
  world.onWork.push(() => {
    if (isResting) timeline.after(EVERY_MS, () => tick(1_000));
    isResting = false;
  });
};

/** When messages were saved, and are to be looked at again. */
const timesToCome = ({ watchers, timeline }: World): (() => readonly number[]) => {
  const times = new Set<number>();
  watchers.push(({ before, after }) => {
    if (after?.kind === 'message' && before === undefined) times.add(timeline.now());
    if (after?.kind === 'recheck') times.add(Number(after.SK.slice(0, recheckTime(0).length)));
  });
  return () => [...times];
};

const processOf = (world: World): ((actor: Actor) => Promise<Reconciled>) => {
  const inside: { actor: Actor | undefined } = { actor: undefined };
  const actor = (): Actor => inside.actor as Actor;
  const waiting = { sleep: (ms: number) => actor().wait(ms), random: () => 0.5 };
  const client = world.clientFor(actor, 'reconciler');
  const applications = applicationCache(applicationTable(client, 'table'), () => actor().now());
  const { sns } = queueClients(world, actor);
  const publish = deliveryTopic(sns, TASKS_ARN, waiting);
  const wakeLogs = orderedTopic(sns, LOGS_ARN, waiting);
  const ports: Omit<ReconcilePorts, 'isTimeUp'> = {
    ...walkTable(client, 'table', waiting),
    ...accountTable(client, 'table', () => actor().now()),
    ...reconcileTable(client, 'table', waiting),
    applications: () => applications.batch(),
    publish: async (publications) => {
      for (const { body } of publications) judge(deliveryTask.parse(JSON.parse(body)), world);
      if (publications.length > 0) await publish(publications satisfies readonly Publication[]);
    },
    wake: async (wakeUps) => {
      if (world.isCalm && world.ledger.lost.size === 0) {
        world.ledger.violations.push('the reconciler wakes a log, and nothing was lost');
      }
      await wakeLogs(wakeUps);
    },
    waitingTasks: () =>
      actor().call({
        label: 'reconciler: waiting tasks',
        kind: 'read',
        effect: () => Object.values(LANE_URLS).reduce((sum, url) => sum + world.queues[url].waiting(), 0),
      }),
    now: () => actor().now(),
    mintCopyId: () => world.numbered('copy'),
  };
  return (given) => {
    inside.actor = given;
    const stopAt = given.now() + LIMIT_MS - RESERVE_MS;
    return reconcile(RECONCILE, { ...ports, isTimeUp: () => given.now() >= stopAt }, () => {});
  };
};

/** What stood this long when a run of the reconciler began is not missing. */
const STANDING_MS = LIMIT_MS + 60_000;

/** Nothing is published that stands for all to see, and where no fault is, nothing but what the stream has lost. */
const judge = (task: DeliveryTask, { table, ledger, timeline, isCalm }: World): void => {
  const label = taskLabel(task);
  ledger.reconciled.add(label);
  const before = timeline.now() - STANDING_MS;
  const standing = table.get(attemptKey(task));
  if (standing !== undefined && attemptRecord.parse(standing).attemptedAt < before) {
    ledger.violations.push(`the reconciler publishes ${label}, which stands recorded`);
  }
  const parked = table.get(parkedTaskKey(task));
  if (parked !== undefined && Number(parked.parkedAt) < before) {
    ledger.violations.push(`the reconciler publishes ${label}, which is parked`);
  }
  if (isCalm && !ledger.lost.has(task.messageId)) {
    ledger.violations.push(`the reconciler publishes ${label}, which nothing has lost`);
  }
};
