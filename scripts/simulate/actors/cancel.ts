import { applicationFinder } from '@fanfare/core/aws/application-finder';
import { cancelTable } from '../../../services/ingest/src/adapters/cancel-table.ts';
import { cancelMessage } from '../../../services/ingest/src/domain/cancel.ts';
import { environments } from '../actor.ts';
import type { Post } from '../ledger.ts';
import { nameOfMessage } from '../names.ts';
import type { World } from '../world.ts';

const LIMIT_MS = 10_000;
type Told = 'called off' | 'begun' | 'not found';

/** Those who call off a message that waits for its time, and are told whether that was in time. */
export const cancellers = (world: World): { callOff: (post: Post) => void } => {
  const { ledger, story, invoke, numbered } = world;
  const processes = environments('cancel', world, () => undefined);

  const callOff = (post: Post): void => {
    const ref = post.accepted[0];
    if (ref === undefined) return;
    const environment = processes.take();
    const name = numbered(`${environment.name}, ${nameOfMessage(ref.messageId)}`);
    invoke<Told>({
      name,
      environment,
      limitMs: LIMIT_MS,
      work: async (actor) => {
        const client = world.clientFor(() => actor, 'cancel');
        const done = await cancelMessage(ref.orgId, ref.appId, ref.messageId, {
          findApplication: applicationFinder(client, 'table'),
          ...cancelTable(client, 'table', { sleep: actor.wait, random: () => 0.5 }),
          now: actor.now,
        });
        if (done.ok) return 'called off';
        return done.error.kind === 'conflict' ? 'begun' : 'not found';
      },
      ended: (how) => {
        if (how.kind !== 'died') processes.giveBack(environment);
        if (how.kind === 'failed') world.unexpected(name, how.error);
        if (how.kind !== 'done') return;
        story.tell(() => `${name} answers: ${how.value}`);
        if (how.value === 'called off') ledger.calledOff.add(ref.messageId);
        if (how.value === 'begun') ledger.begun.add(ref.messageId);
      },
    });
  };
  return { callOff };
};
