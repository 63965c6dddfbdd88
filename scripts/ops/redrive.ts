import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { giveBack } from './peek.ts';
import { depthOf, isFifo, type Queue } from './queues.ts';
import { redriven } from './redriven.ts';

export type RedriveOptions = {
  readonly from: Queue;
  readonly to: Queue;
  readonly ratePerSecond: number;
  readonly onProgress: (report: RedriveReport) => void;
  readonly signal: AbortSignal;
  /** How long a batch stays hidden from others when this process ends in the middle of it. */
  readonly visibilitySeconds?: number;
};

export type RedriveReport = {
  /** Messages that were there when it began. */
  readonly there: number;
  readonly moved: number;
  /** Not taken by the lane, and still among the dead letters. */
  readonly failed: readonly { readonly messageId: string; readonly reason: string }[];
  /** Sent, and not deleted: they stand in both queues, and a task that comes twice is dropped. */
  readonly notDeleted: number;
  /** Came back, or came anew, while it ran: left for the next time. */
  readonly newer: number;
  readonly interrupted: boolean;
};

/** SQS's limit of one receive. */
export const MOST_AT_ONCE = 10;
/** SQS's limit of one batch, with room for what is counted beside the bodies. */
const MOST_BYTES = 240_000;
/** For as long as a batch takes, and a good deal more. */
const VISIBILITY_SECONDS = 60;
const LONG_POLL_SECONDS = 2;
/** Empty answers in a row after which nothing more is thought to be there. */
export const EMPTY_POLLS = 2;

/**
 * Moves the messages of a dead-letter queue back, at most `ratePerSecond` of them a second. Each is sent before it is
 * deleted, so that an end at any moment leaves it in one queue at least; one that stands in both does no harm, because what
 * a task would do twice has a derived key. Messages sent after this began are not touched, so that what fails again is
 * moved once, and no more are moved than were there.
 */
export const redrive = async (client: SQSClient, options: RedriveOptions): Promise<RedriveReport> => {
  const { from, to, ratePerSecond, signal, onProgress } = options;
  const startedAt = Date.now();
  const there = await depthOf(client, from);
  let report: RedriveReport = { there, moved: 0, failed: [], notDeleted: 0, newer: 0, interrupted: false };
  const kept: Message[] = [];
  let emptyPolls = 0;
  try {
    while (report.moved + report.failed.length < there && emptyPolls < EMPTY_POLLS) {
      if (signal.aborted) return { ...report, interrupted: true };
      const wanted = Math.min(MOST_AT_ONCE, ratePerSecond, there - report.moved - report.failed.length);
      const batchStartedAt = Date.now();
      const received = await receive(client, from, wanted, options.visibilitySeconds ?? VISIBILITY_SECONDS);
      emptyPolls = received.length === 0 ? emptyPolls + 1 : 0;
      const old = received.filter(({ Attributes }) => Number(Attributes?.SentTimestamp) < startedAt);
      kept.push(...received.filter((message) => !old.includes(message)));
      const moved = await move(client, from, to, old);
      kept.push(...old.filter(({ MessageId = '' }) => moved.failed.some(({ messageId }) => messageId === MessageId)));
      report = {
        ...report,
        moved: report.moved + moved.moved,
        failed: [...report.failed, ...moved.failed],
        notDeleted: report.notDeleted + moved.notDeleted,
        newer: report.newer + received.length - old.length,
      };
      onProgress(report);
      if (old.length > 0) await pause((1000 * old.length) / ratePerSecond - (Date.now() - batchStartedAt), signal);
    }
    return report;
  } finally {
    await giveBack(client, from.url, kept);
  }
};

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
};

export const receive = async (
  client: SQSClient,
  { url }: Queue,
  wanted: number,
  visibilitySeconds: number,
): Promise<readonly Message[]> => {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: wanted,
      VisibilityTimeout: visibilitySeconds,
      WaitTimeSeconds: LONG_POLL_SECONDS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
};

type Moved = Pick<RedriveReport, 'moved' | 'failed' | 'notDeleted'>;

const move = async (client: SQSClient, from: Queue, to: Queue, messages: readonly Message[]): Promise<Moved> => {
  const refused = new Map<string, string>();
  for (const group of sendable(messages)) {
    const Entries = group.map(
      (message, index): SendMessageBatchRequestEntry => ({
        Id: String(index),
        ...redriven(message, isFifo(to)),
      }),
    );
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: to.url, Entries }));
    for (const { Id, Code, Message } of Failed) {
      refused.set(group[Number(Id)]?.MessageId ?? '', [Code, Message].filter(Boolean).join(': '));
    }
  }
  const sent = messages.filter(({ MessageId = '' }) => !refused.has(MessageId));
  return {
    moved: sent.length,
    failed: [...refused].map(([messageId, reason]) => ({ messageId, reason })),
    notDeleted: await remove(client, from, sent),
  };
};

/** Deletes messages, and answers how many stay. */
export const remove = async (client: SQSClient, { url }: Queue, messages: readonly Message[]): Promise<number> => {
  if (messages.length === 0) return 0;
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
  return Failed.length;
};

/** Splits messages so that each group fits into one call. */
const sendable = (messages: readonly Message[]): readonly (readonly Message[])[] => {
  const groups: Message[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.Body ?? '');
    const last = groups.at(-1);
    if (last === undefined || bytes > room) {
      groups.push([message]);
      room = MOST_BYTES - bytes;
    } else {
      last.push(message);
      room -= bytes;
    }
  }
  return groups;
};
