import { applicationFinder } from '@fanfare/core/aws/application-finder';
import type { MessageRef } from '@fanfare/core/keys';
import { activityTable } from '../../../services/ingest/src/adapters/activity-table.ts';
import { messageTable } from '../../../services/ingest/src/adapters/message-table.ts';
import { type AcceptPorts, accept } from '../../../services/ingest/src/domain/accept.ts';
import { activityMarker } from '../../../services/ingest/src/domain/activity.ts';
import { type Actor, environments } from '../actor.ts';
import { noteFirst, type Post } from '../ledger.ts';
import { messageIdOf, nameOfMessage } from '../names.ts';
import { payloadObjects } from '../object-client.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 10_000;
/** How long a caller waits before he calls again. Who comes back late is late by more than a reconciler may have waited. */
const WAITS_MS = [2_000, 240_000, 1_500_000] as const;
const MOST_CALLS = 4;
/** How long a number of a log may be in hand before it is used, so that others write behind it meanwhile. */
const IN_HAND_MS = [0, 1_500, 6_000] as const;
const IN_HAND_ODDS = [0.15, 0.15];

/** Those who post messages, and call again when they got no answer. */
export const producers = (world: World): { post: (post: Post) => void } => {
  const { ledger, timeline, story, invoke, numbered, choices } = world;
  const minted = new Map<string, number>();
  const processes = environments('ingest', world, () => {
    const inside: Inside = { actor: undefined, post: undefined };
    return { inside, ports: portsOf(inside, minted, world) };
  });

  const post = (given: Post): void => {
    ledger.posts.push(given);
    call(given, 1);
    if (choices.choose('duplicate', `${given.name}: posted twice`, [0.1]) > 0) call(given, 1);
  };

  const call = (given: Post, nth: number): void => {
    const environment = processes.take();
    const name = numbered(`${environment.name}, ${given.name}`);
    invoke<MessageRef | undefined>({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: (actor) => {
        Object.assign(environment.kept.inside, { actor, post: given });
        return acceptPost(given, environment.kept.ports);
      },
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind === 'done') {
          if (how.value === undefined) return;
          const { messageId } = how.value;
          story.tell(() => `${name} answers 202 for ${nameOfMessage(messageId)}`);
          given.accepted.push(how.value);
          noteFirst(ledger.acceptedAt, messageId, timeline.now());
        } else if (nth < MOST_CALLS && (given.idempotencyKey ?? given.eventId) !== undefined) {
          const waits = WAITS_MS[choices.choose('workload', `${name}: called again`, [0.1, 0.1])] ?? 0;
          timeline.after(waits, () => call(given, nth + 1));
        }
      },
    });
  };

  return { post };
};

type Inside = { actor: Actor | undefined; post: Post | undefined };

const portsOf = (inside: Inside, minted: Map<string, number>, world: World): AcceptPorts => {
  const actor = (): Actor => inside.actor as Actor;
  const now = (): number => actor().now();
  const client = world.clientFor(actor, 'ingest');
  const table = messageTable(client, 'table', now, { sleep: (ms) => actor().wait(ms), random: () => 0.5 });
  return {
    findApplication: applicationFinder(client, 'table'),
    ...table,
    takeNumber: async (log) => {
      const number = await table.takeNumber(log);
      const label = world.numbered(`post ${(inside.post as Post).name}: number in hand`);
      const inHandMs = IN_HAND_MS[world.choices.choose('delay', label, IN_HAND_ODDS)] ?? 0;
      if (inHandMs > 0) await actor().wait(inHandMs);
      return number;
    },
    markActive: activityMarker(activityTable(client, 'table'), now),
    keepPayload: payloadObjects(world, actor).keep,
    now,
    mintMessageId: (atMs) => {
      const post = inside.post as Post;
      const nth = (minted.get(post.name) ?? 0) + 1;
      minted.set(post.name, nth);
      const messageId = messageIdOf(atMs, Number(post.name), nth);
      world.ledger.minted.set(messageId, post);
      return messageId;
    },
  };
};

const acceptPost = async (given: Post, ports: AcceptPorts): Promise<MessageRef | undefined> => {
  const { name, orgId, appId, eventType, channels, body, idempotencyKey, eventId, deliverAt, orderingKey } = given;
  const result = await accept(
    {
      orgId,
      application: appId,
      message: {
        ...{ eventType, body },
        ...(channels === undefined ? {} : { channels }),
        ...(eventId === undefined ? {} : { eventId }),
        ...(deliverAt === undefined ? {} : { deliverAt }),
        ...(orderingKey === undefined ? {} : { orderingKey }),
      },
      correlationId: name,
      ...(idempotencyKey === undefined
        ? {}
        : { idempotency: { keyHash: (id) => `${id}.${idempotencyKey}`, fingerprint: body } }),
    },
    ports,
  );
  return result.ok ? { orgId, appId, messageId: result.value.messageId } : undefined;
};
