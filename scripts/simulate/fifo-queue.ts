import type { SQSRecord } from 'aws-lambda';
import { MAX_RECEIVES, type Queue, type QueueMessage, type QueueOptions } from './queue.ts';

/** The same message within this time is one. */
const DEDUPLICATION_MS = 5 * 60_000;
const ARRIVALS_MS = [1, 300, 20_000] as const;
const STALLS_MS = [0, 3_000, 60_000] as const;
/** A receipt that is over before its work is: then two work on a group. */
const AGAIN_MS = [0, 2, 4_000, 30_000] as const;
const AGAIN_ODDS = [0.1, 0.04, 0.02];

/**
 * A FIFO queue of SQS with its pollers: messages of a group one after the other, in their order, and none before the one that
 * is being worked on is deleted, or visible again. A message that was sent before within five minutes is dropped.
 */
export const fifoQueueInMemory = (options: QueueOptions): Queue => {
  const { name, visibilityMs, timeline, choices, story, onFault, numbered, receive, onRepeat, onDeadLetter } = options;
  type Waiting = QueueMessage & { readonly groupId: string };
  const groups = new Map<string, Waiting[]>();
  const sentAt = new Map<string, number>();
  const deadLetters: Waiting[] = [];
  let sent = 0;

  const poll = (groupId: string): void => {
    const first = groups.get(groupId)?.[0];
    if (first === undefined || first.visibleAt > timeline.now()) return;
    first.receives += 1;
    if (first.receives > MAX_RECEIVES) {
      remove(first);
      deadLetters.push(first);
      onDeadLetter(first);
      story.tell(() => `${name} moves ${first.label} to its dead-letter queue`);
      return;
    }
    if (first.receives > 1) onRepeat(first);
    const again = AGAIN_MS[choices.choose('duplicate', numbered(`${first.label}: received twice`), AGAIN_ODDS)] ?? 0;
    if (again > 0) {
      first.faults += 1;
      onFault('duplicate');
      story.tell(() => `${name} will deliver ${first.label} again although it is being worked on`);
    }
    first.visibleAt = timeline.now() + (again > 0 ? again : visibilityMs);
    timeline.after(first.visibleAt - timeline.now(), () => poll(groupId));
    receive([first]);
  };

  const remove = (message: QueueMessage): void => {
    for (const [groupId, group] of groups) {
      const at = group.findIndex(({ record }) => record.messageId === message.record.messageId);
      if (at < 0) continue;
      group.splice(at, 1);
      const stall = STALLS_MS[choices.choose('delay', numbered(`${message.label}: next`), [0.05, 0.03])] ?? 0;
      timeline.after(stall, () => poll(groupId));
    }
  };

  const put = (body: string, label: string, groupId: string): void => {
    sent += 1;
    const arrival = ARRIVALS_MS[choices.choose('delay', `${label}: arrival`, [0.1, 0.05])] ?? 1;
    const record = {
      ...{ messageId: `${name}-${sent}`, body, messageAttributes: {} },
      attributes: { MessageGroupId: groupId },
    } as unknown as SQSRecord;
    const message = { record, label, groupId, visibleAt: timeline.now() + arrival, receives: 0, faults: 0 };
    groups.set(groupId, [...(groups.get(groupId) ?? []), message]);
    timeline.after(arrival, () => poll(groupId));
  };

  return {
    send: (body, label, delaySeconds, _attributes, { groupId, deduplicationId } = {}) => {
      if (delaySeconds !== 0) throw new Error('InvalidParameterValue: a FIFO queue delays no message for itself');
      if (groupId === undefined || deduplicationId === undefined) throw new Error('MissingParameter');
      const before = sentAt.get(deduplicationId) ?? Number.NEGATIVE_INFINITY;
      if (timeline.now() - before < DEDUPLICATION_MS) {
        story.tell(() => `${name} drops ${label}, which it has had`);
        return;
      }
      sentAt.set(deduplicationId, timeline.now());
      put(body, label, groupId);
    },
    remove,
    deadLetters,
    all: () => [...[...groups.values()].flat(), ...deadLetters],
    waiting: () => [...groups.values()].reduce((sum, group) => sum + group.length, 0),
    redrive: () => {
      const moved = deadLetters.splice(0);
      for (const { record, label, groupId } of moved) put(record.body, `${label} redriven`, groupId);
      return moved.length;
    },
  };
};
