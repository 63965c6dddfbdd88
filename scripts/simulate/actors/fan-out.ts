import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { applicationTable } from '../../../services/fanout/src/adapters/application-table.ts';
import { orderedTopic } from '../../../services/fanout/src/adapters/ordered-topic.ts';
import { placeTable } from '../../../services/fanout/src/adapters/place-table.ts';
import { applicationCache } from '../../../services/fanout/src/domain/application-cache.ts';
import { fanOut } from '../../../services/fanout/src/domain/fan-out.ts';
import { type Actor, environments } from '../actor.ts';
import { nameOfMessage } from '../names.ts';
import { queueClients } from '../queue-client.ts';
import type { Consumers, World } from '../world.ts';

const LIMIT_MS = 60_000;

/** Readers of the stream. Each process has a cache of its own, which the next batch in it finds. */
export const fanOuts = (world: World): Consumers['receiveInserts'] => {
  const { timeline, invoke, numbered, clientFor } = world;
  const processes = environments('fan-out', world, ({ skewMs }) => {
    const inside: { actor: Actor | undefined } = { actor: undefined };
    const client = clientFor(() => inside.actor as Actor, 'fan-out');
    const cache = applicationCache(applicationTable(client, 'table'), () => timeline.now() + skewMs);
    return { inside, client, cache };
  });

  return (batch, ended) => {
    const environment = processes.take();
    const name = numbered(`${environment.name} of ${batch.map(({ ref }) => nameOfMessage(ref.messageId)).join(', ')}`);
    invoke({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: async (actor) => {
        environment.kept.inside.actor = actor;
        const waiting = { sleep: actor.wait, random: () => 0.5 };
        const { sns } = queueClients(world, actor);
        await fanOut(batch, {
          ...placeTable(environment.kept.client, 'table', actor.now, waiting),
          applicationOf: environment.kept.cache.batch(),
          publish: deliveryTopic(sns, 'the topic', waiting),
          wake: orderedTopic(sns, 'the ordered topic', waiting),
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
