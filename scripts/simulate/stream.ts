import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ActorWorld, Ended } from './actor.ts';
import { readable } from './names.ts';
import type { OnWrite, Stored } from './table.ts';

/** What the stream tells of. `messageId`: of the message that it is about. */
export type StreamRecord = {
  readonly name: string;
  readonly messageId: string;
  readonly appId: string;
  readonly record: DynamoDBRecord;
};

export type Stream = { readonly onWrite: OnWrite; readonly waiting: () => number };

const SHARDS = 2;
const BATCH = 10;
const LAGS_MS = [1, 300, 20_000, 200_000] as const;
const LOSS_ODDS = [0.06];
const RETRIES_MS = [1_000, 30_000] as const;

export type StreamOptions = Omit<ActorWorld, 'onSettled'> & {
  readonly numbered: (label: string) => string;
  /** Fans a batch out; must call `ended` once. */
  readonly receive: (batch: readonly StreamRecord[], ended: (how: Ended<unknown>) => void) => void;
  /** Told of a batch that is lost, as one is that stays longer than its records live. */
  readonly onLoss: (batch: readonly StreamRecord[]) => void;
};

/**
 * The table's stream and its event source: per shard in order, one batch at a time, again until it succeeds, in halves
 * when it fails; and sometimes again although it succeeded.
 */
export const streamInMemory = (options: StreamOptions): Stream => {
  const { timeline, choices, story, onFault, numbered, receive, onLoss } = options;
  const shards = Array.from({ length: SHARDS }, () => ({
    records: [] as StreamRecord[],
    isBusy: false,
    limit: BATCH,
  }));
  type Shard = (typeof shards)[number];

  const poll = (shard: Shard): void => {
    if (shard.isBusy || shard.records.length === 0) return;
    const batch = shard.records.slice(0, shard.limit);
    if (choices.choose('loss', numbered(`stream of ${namesOf(batch)}: lost`), LOSS_ODDS) > 0) {
      onFault('loss');
      story.tell(() => `the stream loses ${namesOf(batch)}`);
      onLoss(batch);
      shard.records.splice(0, batch.length);
      poll(shard);
      return;
    }
    shard.isBusy = true;
    receive(batch, (how) => ended(shard, batch, how));
  };

  const ended = (shard: Shard, batch: readonly StreamRecord[], how: Ended<unknown>): void => {
    const name = namesOf(batch);
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
    onWrite: (write) => {
      const told = recordOf(write);
      if (told === undefined) return;
      const shard = shards[told.appId.charCodeAt(told.appId.length - 1) % SHARDS] as Shard;
      shard.records.push(told);
      const lag = LAGS_MS[choices.choose('delay', `stream of ${told.name}: lag`, [0.2, 0.05, 0.04])] ?? 1;
      timeline.after(lag, () => poll(shard));
    },
    waiting: () => shards.reduce((sum, { records }) => sum + records.length, 0),
  };
};

const namesOf = (batch: readonly StreamRecord[]): string => batch.map(({ name }) => name).join(', ');

/** What the filter of fan-out's event source lets through: inserts of messages, and removals of their due items. */
const recordOf = ({ before, after }: Parameters<OnWrite>[0]): StreamRecord | undefined => {
  if (after?.kind === 'message' && before === undefined) {
    const [, appId = ''] = after.PK.split('#');
    return {
      ...{ name: readable(after.SK), messageId: after.SK, appId },
      record: { eventName: 'INSERT', dynamodb: { NewImage: imageOf(after) } },
    };
  }
  if (before?.kind === 'due' && before.what === 'message' && after === undefined) {
    const messageId = String(before.messageId);
    return {
      ...{ name: `${readable(messageId)}, due`, messageId, appId: String(before.appId) },
      record: { eventName: 'REMOVE', dynamodb: { OldImage: imageOf(before) } },
    };
  }
  return undefined;
};

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

/** As Lambda hands it over: bytes, which a message has at the top level only, as base64 text. */
const imageOf = (item: Stored): Image =>
  Object.fromEntries(
    Object.entries(marshall(item)).map(([name, value]) => [
      name,
      value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') },
    ]),
  ) as Image;
