import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { applicationTable } from '../../../services/fanout/src/adapters/application-table.ts';
import { messageTable } from '../../../services/fanout/src/adapters/message-table.ts';
import { orderedTopic } from '../../../services/fanout/src/adapters/ordered-topic.ts';
import { placeTable } from '../../../services/fanout/src/adapters/place-table.ts';
import { applicationCache } from '../../../services/fanout/src/domain/application-cache.ts';
import { fanOut } from '../../../services/fanout/src/domain/fan-out.ts';
import { readRecords } from '../../../services/fanout/src/handlers/read-records.ts';
import { type Actor, environments } from '../actor.ts';
import { queueClients } from '../queue-client.ts';
import { LOGS_ARN, TASKS_ARN } from '../queues.ts';
import type { StreamRecord } from '../stream.ts';
import type { Consumers, World } from '../world.ts';

const LIMIT_MS = 60_000;

/** Readers of the stream. Each process has a cache of its own, which the next batch in it finds. */
export const fanOuts = (world: World): Consumers['receiveRecords'] => {
  const { invoke, numbered, clientFor, ledger } = world;
  const processes = environments('fan-out', world, () => {
    const inside: { actor: Actor | undefined } = { actor: undefined };
    const actor = (): Actor => inside.actor as Actor;
    const waiting = { sleep: (ms: number) => actor().wait(ms), random: () => 0.5 };
    const client = clientFor(actor, 'fan-out');
    const cache = applicationCache(applicationTable(client, 'table'), () => actor().now());
    const find = messageTable(client, 'table', waiting);
    const { sns } = queueClients(world, actor);
    const ports = {
      ...placeTable(client, 'table', () => actor().now(), waiting),
      publish: deliveryTopic(sns, TASKS_ARN, waiting),
      wake: orderedTopic(sns, LOGS_ARN, waiting),
      now: () => actor().now(),
      mintCopyId: () => numbered('copy'),
    };
    const fan = async (batch: readonly StreamRecord[]): Promise<void> => {
      const records = batch.map(({ record }) => record);
      const { messages, unreadable } = await readRecords(records, find);
      const results = await fanOut(
        messages.map(({ inserted }) => inserted),
        { ...ports, applicationOf: cache.batch() },
      );
      const problems = [...unreadable.map(({ reason }) => reason), ...results.flatMap(({ problem }) => problem ?? [])];
      for (const problem of problems) ledger.violations.push(`fan-out has a problem: ${problem}`);
    };
    return { inside, fan };
  });

  return (batch, ended) => {
    const environment = processes.take();
    const name = numbered(`${environment.name} of ${batch.map((one) => one.name).join(', ')}`);
    invoke({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) => {
        environment.kept.inside.actor = actor;
        return environment.kept.fan(batch);
      },
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        ended(how);
      },
    });
  };
};
