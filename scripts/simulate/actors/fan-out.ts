import { type ApplicationRef, applicationPartition, VERSION_SORT_KEY } from '@fanfare/core/keys';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import { applicationOf } from '../../../services/fanout/src/adapters/application-table.ts';
import { applicationCache } from '../../../services/fanout/src/domain/application-cache.ts';
import { type FanOutPorts, fanOut } from '../../../services/fanout/src/domain/fan-out.ts';
import { batchesOf, type Publication } from '../../../services/fanout/src/domain/publication.ts';
import { type Actor, environments, Injected } from '../actor.ts';
import { increment, taskLabel } from '../ledger.ts';
import type { Consumers, World } from '../world.ts';

const LIMIT_MS = 60_000;
/** A page that is throttled is asked for again. */
const PAGE_PAUSES_MS = [0, 5, 1_200] as const;

/** Readers of the stream. Each process has a cache of its own, which the next batch in it finds. */
export const fanOuts = (world: World): Consumers['receiveInserts'] => {
  const { timeline, invoke, numbered, table, choices, ledger, lane, onFault, story } = world;
  const processes = environments('fan-out', world, ({ skewMs }) => {
    const inside: { actor: Actor | undefined } = { actor: undefined };
    const cache = applicationCache(
      (ref) => readApplication(ref, inside.actor as Actor),
      () => timeline.now() + skewMs,
    );
    return { inside, cache };
  });

  /** A query of several pages: what is written between them is seen by the later ones only. */
  const readApplication = async (ref: ApplicationRef, actor: Actor) => {
    const partition = applicationPartition(ref);
    const read = (what: string, isWanted: (sortKey: string) => boolean) =>
      actor.call({
        label: `${actor.name}: query ${what} of ${ref.orgId} ${ref.appId}`,
        kind: 'read',
        effect: () => table.page(partition, isWanted),
      });
    const endpoints = await read('endpoints', (sortKey) => sortKey !== VERSION_SORT_KEY);
    const pause = numbered(`${actor.name}: between pages`);
    await actor.wait(PAGE_PAUSES_MS[choices.choose('workload', pause, [0.3, 0.15])] ?? 0);
    return applicationOf([...endpoints, ...(await read('version', (sortKey) => sortKey === VERSION_SORT_KEY))]);
  };

  const publishTo =
    (actor: Actor): FanOutPorts['publish'] =>
    async (publications) => {
      const sending = batchesOf(publications).map((batch) => {
        const labels = batch.map(({ body }) => taskLabel(JSON.parse(body) as DeliveryTask));
        return actor.call({
          label: `publish ${labels.join(', ')}`,
          kind: 'write',
          told: () => `publishes ${labels.join(', ')}`,
          effect: () => publishBatch(batch, labels),
        });
      });
      const failed = (await Promise.allSettled(sending)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    };

  /** The topic may refuse some entries for good, and deliver others twice. */
  const publishBatch = (batch: readonly Publication[], labels: readonly string[]): void => {
    let refused: string | undefined;
    for (const [index, { body, correlationId: id }] of batch.entries()) {
      const label = labels[index] as string;
      const point = numbered(`${label}: topic`);
      if (choices.choose('throttle', `${point} refuses`, [0.02]) > 0) {
        onFault('throttle');
        story.tell(() => `the topic refuses ${label}`);
        refused = label;
        continue;
      }
      const copies = 1 + choices.choose('duplicate', `${point} delivers twice`, [0.02]);
      const attributes = { correlation_id: { dataType: 'String' as const, stringValue: correlationId(id, label) } };
      for (let copy = 1; copy <= copies; copy += 1) lane.send(body, numbered(label), 0, attributes);
      if (copies === 1) continue;
      increment(ledger.repeats, label);
      onFault('duplicate');
      story.tell(() => `the topic delivers ${label} twice`);
    }
    if (refused !== undefined) throw new Injected(`${refused} stays refused`);
  };

  return (batch, ended) => {
    const environment = processes.take();
    const name = numbered(`${environment.name} of ${batch.map(({ ref }) => ref.messageId).join(', ')}`);
    invoke({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: async (actor) => {
        environment.kept.inside.actor = actor;
        await fanOut(batch, {
          applicationOf: environment.kept.cache.batch(),
          publish: publishTo(actor),
          now: actor.now,
          mintCopyId: () => numbered('copy'),
        });
      },
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        ended(how);
      },
    });
  };
};
