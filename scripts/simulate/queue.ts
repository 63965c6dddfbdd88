import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import type { Choices } from './choices.ts';
import type { Story } from './story.ts';
import type { Timeline } from './timeline.ts';

/** A message that was sent. `label` names its content, the same in every run. */
export type QueueMessage = {
  readonly record: SQSRecord;
  readonly label: string;
  visibleAt: number;
  receives: number;
  /** Receives that ended in a fault of the message's own handling or of the queue. */
  faults: number;
};

export type Queue = {
  /** Throws what SQS refuses. */
  readonly send: (
    body: string,
    label: string,
    delaySeconds: number,
    attributes: SQSMessageAttributes,
    order?: { readonly groupId?: string | undefined; readonly deduplicationId?: string | undefined },
  ) => void;
  readonly remove: (message: QueueMessage) => void;
  readonly deadLetters: QueueMessage[];
  /** What is in it, being worked on or not, dead letters included. */
  readonly all: () => readonly QueueMessage[];
  /** Moves everything out of the dead-letter queue, back to where it came from, as new messages. */
  readonly redrive: () => number;
  readonly waiting: () => number;
};

export type QueueOptions = {
  readonly name: string;
  /** Six times the limit of the function that reads it: held by the checks of Terraform. */
  readonly visibilityMs: number;
  readonly batchSize: number;
  readonly timeline: Timeline;
  readonly choices: Choices;
  readonly story: Story;
  readonly onFault: (kind: string) => void;
  readonly numbered: (label: string) => string;
  /** Called with each batch that a poller received. */
  readonly receive: (batch: readonly QueueMessage[]) => void;
  /** Told when a message is received again. */
  readonly onRepeat: (message: QueueMessage) => void;
  /** Told of a message that was received too often. */
  readonly onDeadLetter: (message: QueueMessage) => void;
};

export const MAX_RECEIVES = 5;
const MAX_DELAY_SECONDS = 900;
const ARRIVALS_MS = [1, 400, 9_000, 100_000, 200_000] as const;
const STALLS_MS = [0, 3_000, 30_000, 190_000] as const;
const AGAIN_MS = [0, 2, 5_000, 60_000] as const;
const AGAIN_ODDS = [0.06, 0.02, 0.02];

/** A standard queue of SQS with its pollers, at the mercy of the scheduler. */
export const queueInMemory = (options: QueueOptions): Queue => {
  const { name, visibilityMs, batchSize, timeline, choices, story, onFault, numbered, receive } = options;
  const { onRepeat, onDeadLetter } = options;
  const messages = new Set<QueueMessage>();
  const deadLetters: QueueMessage[] = [];
  let sent = 0;
  let stalledUntil = 0;

  const send = (body: string, label: string, delaySeconds: number, messageAttributes: SQSMessageAttributes): void => {
    if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS) {
      throw new Error(`InvalidParameterValue: DelaySeconds ${delaySeconds}`);
    }
    sent += 1;
    const arrival = ARRIVALS_MS[choices.choose('delay', `${label}: arrival`, [0.1, 0.05, 0.03, 0.03])] ?? 1;
    const visibleAt = timeline.now() + delaySeconds * 1000 + arrival;
    const record = { messageId: `${name}-${sent}`, body, messageAttributes } as SQSRecord;
    const message = { record, label, visibleAt, receives: 0, faults: 0 };
    messages.add(message);
    pollAt(message.visibleAt);
  };

  const pollAt = (at: number): void => timeline.after(Math.max(0, at - timeline.now()), poll);

  const poll = (): void => {
    const now = timeline.now();
    if (now < stalledUntil) {
      pollAt(stalledUntil);
      return;
    }
    const visible = [...messages].filter(({ visibleAt }) => visibleAt <= now);
    const [first] = visible;
    if (first === undefined) return;
    const stall = STALLS_MS[choices.choose('delay', numbered(`${first.label}: stall`), [0.05, 0.03, 0.03])] ?? 0;
    if (stall > 0) {
      onFault('stall');
      story.tell(() => `nobody polls ${name} for ${stall / 1000} s`);
      stalledUntil = now + stall;
      pollAt(stalledUntil);
      return;
    }
    const received = visible.filter(receivedOnce);
    // The queue promises no order.
    const places = new Map(
      received.map((message) => [message, choices.choose('delay', numbered(`${message.label}: place`), [0.2, 0.1])]),
    );
    received.sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
    for (let at = 0; at < received.length; at += batchSize) receive(received.slice(at, at + batchSize));
  };

  const receivedOnce = (message: QueueMessage): boolean => {
    message.receives += 1;
    if (message.receives > MAX_RECEIVES) {
      messages.delete(message);
      deadLetters.push(message);
      onDeadLetter(message);
      story.tell(() => `${name} moves ${message.label} to its dead-letter queue`);
      return false;
    }
    if (message.receives > 1) onRepeat(message);
    const again = AGAIN_MS[choices.choose('duplicate', numbered(`${message.label}: received twice`), AGAIN_ODDS)] ?? 0;
    if (again > 0) {
      message.faults += 1;
      onFault('duplicate');
      story.tell(() => `${name} will deliver ${message.label} again although it is being worked on`);
    }
    message.visibleAt = timeline.now() + (again > 0 ? again : visibilityMs);
    pollAt(message.visibleAt);
    return true;
  };

  return {
    send,
    deadLetters,
    all: () => [...messages, ...deadLetters],
    waiting: () => messages.size,
    remove: (message) => {
      if (choices.choose('duplicate', numbered(`${message.label}: delete`), [0.02]) > 0) {
        message.faults += 1;
        onFault('duplicate');
        story.tell(() => `${name} forgets that ${message.label} was deleted`);
        return;
      }
      messages.delete(message);
    },
    redrive: () => {
      const moved = deadLetters.splice(0);
      for (const { record, label } of moved) send(record.body, `${label} redriven`, 0, record.messageAttributes);
      return moved.length;
    },
  };
};
