import type { MessageRef } from '@fanfare/core/keys';
import { accept } from '../../../services/ingest/src/domain/accept.ts';
import { type Actor, environments } from '../actor.ts';
import type { Post } from '../ledger.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 10_000;
const CALLER_WAITS_MS = 2_000;
const MOST_CALLS = 4;

/** Those who post messages, and call again when they got no answer. */
export const producers = (world: World): { post: (post: Post) => void } => {
  const { ledger, timeline, story, invoke, numbered, choices } = world;
  const processes = environments('ingest', world, () => undefined);

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
          story.tell(() => `${name} answers 202 for ${messageId}`);
          given.accepted.push(how.value);
        } else if (nth < MOST_CALLS && (given.idempotencyKey ?? given.eventId) !== undefined) {
          timeline.after(CALLER_WAITS_MS, () => call(given, nth + 1));
        }
      },
    });
  };

  const acceptPost = async (given: Post, actor: Actor): Promise<MessageRef | undefined> => {
    const { table } = world;
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
        findApplication: (...named) =>
          actor.call({ label: `${name}: find`, kind: 'read', effect: () => table.findApplication(...named) }),
        claim: (org, keyHash, claim, expiresAt) =>
          actor.call({
            label: `${name}: claim`,
            kind: 'write',
            told: () => `claims the idempotency key for ${claim.messageId}`,
            effect: () => table.claim(org, keyHash, claim, expiresAt, actor.now()),
          }),
        save: (ref, record) =>
          actor.call({
            label: `${name}: save`,
            kind: 'write',
            told: () => `saves ${ref.messageId} (of version ${record.appVersion})`,
            effect: () => table.save(ref, record, actor.now()),
          }),
        now: actor.now,
        mintMessageId: () => {
          const messageId = numbered(`msg_${name}`).replace(' (', '-').replace(')', '');
          ledger.minted.set(messageId, given);
          return messageId;
        },
      },
    );
    return result.ok ? { orgId, appId, messageId: result.value.messageId } : undefined;
  };

  return { post };
};
