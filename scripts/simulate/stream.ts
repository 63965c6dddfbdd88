import type { MessageRef } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { InsertedMessage } from '../../services/fanout/src/domain/fan-out.ts';
import type { ActorWorld, Ended } from './actor.ts';
import { nameOfMessage } from './names.ts';

export type Stream = {
  readonly insert: (ref: MessageRef, message: MessageRecord) => void;
  readonly waiting: () => number;
};

const SHARDS = 2;
const BATCH = 10;
const LAGS_MS = [1, 300, 20_000, 200_000] as const;
const RETRIES_MS = [1_000, 30_000] as const;

export type StreamOptions = Omit<ActorWorld, 'onSettled'> & {
  readonly numbered: (label: string) => string;
  /** Fans a batch out; must call `ended` once. */
  readonly receive: (batch: readonly InsertedMessage[], ended: (how: Ended<unknown>) => void) => void;
};

/**
 * The table's stream and its event source: per shard in order, one batch at a time, again until it succeeds, in halves
 * when it fails; and sometimes again although it succeeded.
 */
export const streamInMemory = ({ timeline, choices, story, onFault, numbered, receive }: StreamOptions): Stream => {
  const shards = Array.from({ length: SHARDS }, () => ({
    records: [] as InsertedMessage[],
    isBusy: false,
    limit: BATCH,
  }));
  type Shard = (typeof shards)[number];

  const poll = (shard: Shard): void => {
    if (shard.isBusy || shard.records.length === 0) return;
    shard.isBusy = true;
    const batch = shard.records.slice(0, shard.limit);
    receive(batch, (how) => ended(shard, batch, how));
  };

  const ended = (shard: Shard, batch: readonly InsertedMessage[], how: Ended<unknown>): void => {
    const name = batch.map(({ ref }) => nameOfMessage(ref.messageId)).join(', ');
    const isRepeated = choices.choose('duplicate', numbered(`stream of ${name}: repeated`), [0.06]) > 0;
    if (how.kind === 'done' && !isRepeated) {
      shard.records.splice(0, batch.length);
      shard.limit = BATCH;
    } else if (how.kind === 'done') {
      onFault('duplicate');
      story.tell(() => `the stream will offer ${name} again although it was fanned out`);
    } else {
      shard.limit = Math.max(1, Math.ceil(batch.length / 2));
    }
    const delay =
      how.kind === 'done' && !isRepeated ? 0 : 1 + choices.choose('delay', numbered(`stream of ${name}: retry`), [0.3]);
    timeline.after(delay === 0 ? 0 : (RETRIES_MS[delay - 1] ?? 0), () => {
      shard.isBusy = false;
      poll(shard);
    });
  };

  return {
    insert: (ref, message) => {
      const shard = shards[ref.appId.charCodeAt(ref.appId.length - 1) % SHARDS] as Shard;
      shard.records.push({ ref, message });
      const lag =
        LAGS_MS[choices.choose('delay', `stream of ${nameOfMessage(ref.messageId)}: lag`, [0.2, 0.05, 0.04])] ?? 1;
      timeline.after(lag, () => poll(shard));
    },
    waiting: () => shards.reduce((sum, { records }) => sum + records.length, 0),
  };
};
