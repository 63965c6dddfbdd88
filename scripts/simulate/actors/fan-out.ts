import { type ApplicationRef, applicationPartition, VERSION_SORT_KEY } from '@fanfare/core/keys';
import { applicationOf } from '../../../services/fanout/src/adapters/application-table.ts';
import { deliveryTopic } from '../../../services/fanout/src/adapters/delivery-topic.ts';
import { applicationCache } from '../../../services/fanout/src/domain/application-cache.ts';
import { fanOut } from '../../../services/fanout/src/domain/fan-out.ts';
import { type Actor, environments } from '../actor.ts';
import { queueClients } from '../queue-client.ts';
import type { Consumers, World } from '../world.ts';

const LIMIT_MS = 60_000;
/** A page that is throttled is asked for again. */
const PAGE_PAUSES_MS = [0, 5, 1_200] as const;

/** Readers of the stream. Each process has a cache of its own, which the next batch in it finds. */
export const fanOuts = (world: World): Consumers['receiveInserts'] => {
  const { timeline, invoke, numbered, table, choices } = world;
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
          publish: deliveryTopic(queueClients(world, actor).sns, 'the topic', { sleep: actor.wait, random: () => 0.5 }),
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
