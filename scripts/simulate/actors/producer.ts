import { applicationFinder } from '@fanfare/core/aws/application-finder';
import type { MessageRef } from '@fanfare/core/keys';
import { activityTable } from '../../../services/ingest/src/adapters/activity-table.ts';
import { messageTable } from '../../../services/ingest/src/adapters/message-table.ts';
import { accept } from '../../../services/ingest/src/domain/accept.ts';
import { activityMarker } from '../../../services/ingest/src/domain/activity.ts';
import { type Actor, environments } from '../actor.ts';
import type { Post } from '../ledger.ts';
import { messageIdOf, nameOfMessage } from '../names.ts';
import { payloadObjects } from '../object-client.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 10_000;
const CALLER_WAITS_MS = 2_000;
const MOST_CALLS = 4;

/** Those who post messages, and call again when they got no answer. */
export const producers = (world: World): { post: (post: Post) => void } => {
  const { ledger, timeline, story, invoke, numbered, choices } = world;
  const processes = environments('ingest', world, () => undefined);

  const minted = new Map<string, number>();

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
      work: (actor) => acceptPost(given, actor),
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind === 'done') {
          if (how.value === undefined) return;
          const { messageId } = how.value;
          story.tell(() => `${name} answers 202 for ${nameOfMessage(messageId)}`);
          given.accepted.push(how.value);
        } else if (nth < MOST_CALLS && (given.idempotencyKey ?? given.eventId) !== undefined) {
          timeline.after(CALLER_WAITS_MS, () => call(given, nth + 1));
        }
      },
    });
  };

  const acceptPost = async (given: Post, actor: Actor): Promise<MessageRef | undefined> => {
    const client = world.clientFor(() => actor, `post ${given.name}`);
    const { name, orgId, appId, eventType, channels, body, idempotencyKey, eventId } = given;
    const result = await accept(
      {
        orgId,
        application: appId,
        message: {
          ...{ eventType, body, payloadRetentionDays: 90 },
          ...(channels === undefined ? {} : { channels }),
          ...(eventId === undefined ? {} : { eventId }),
        },
        correlationId: name,
        ...(idempotencyKey === undefined
          ? {}
          : { idempotency: { keyHash: (id) => `${id}.${idempotencyKey}`, fingerprint: body } }),
      },
      {
        findApplication: applicationFinder(client, 'table'),
        ...messageTable(client, 'table', actor.now, { sleep: actor.wait, random: () => 0.5 }),
        markActive: activityMarker(activityTable(client, 'table'), actor.now),
        keepPayload: payloadObjects(world, actor).keep,
        now: actor.now,
        mintMessageId: (atMs) => {
          minted.set(name, (minted.get(name) ?? 0) + 1);
          const messageId = messageIdOf(atMs, Number(name), minted.get(name) ?? 1);
          ledger.minted.set(messageId, given);
          return messageId;
        },
      },
    );
    return result.ok ? { orgId, appId, messageId: result.value.messageId } : undefined;
  };

  return { post };
};
