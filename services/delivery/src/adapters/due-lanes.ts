import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import { type BackOff, backOffMs } from '@fanfare/core/back-off';
import { LANES, type Lane, laneOf } from '@fanfare/events/delivery-task';
import type { DueTask } from '@fanfare/events/due-item';
import { LONGEST_DELAY_SECONDS, secondsUntil } from '../domain/waiting-place.ts';
import { messageAttributes } from './retry-queue.ts';

const BACK_OFF: BackOff = { attempts: 4, baseMs: 100, capMs: 2_000 };

type Config = {
  readonly client: SQSClient;
  readonly queueUrls: Readonly<Record<Lane, string>>;
  readonly waiting: Waiting;
  readonly now: () => number;
  readonly mintCopyId: () => string;
};

/**
 * Puts tasks into their lanes, each with the delay that is left, in its application's group and with the attributes that
 * it came with. Each sending is a copy of its own. What SQS refuses is offered again with back-off and jitter, unless the
 * fault is the entry's; what it refuses in the end is not among those that were taken.
 */
export const dueLanes = ({ client, queueUrls, waiting, now, mintCopyId }: Config) => {
  const sendTo = async (queueUrl: string, items: readonly DueTask[]): Promise<ReadonlySet<DueTask>> => {
    const taken = new Set<DueTask>();
    let pending = [...items];
    for (let repeat = 0; pending.length > 0 && repeat <= BACK_OFF.attempts; repeat += 1) {
      if (repeat > 0) await waiting.sleep(backOffMs(repeat, BACK_OFF, waiting.random()));
      const Entries = pending.map((item, index) => entryOf(item, String(index), now(), mintCopyId()));
      const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      for (const { Id } of answer.Successful ?? []) taken.add(pending[Number(Id)] as DueTask);
      const again = (answer.Failed ?? []).filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => Number(Id));
      pending = again.flatMap((index) => pending[index] ?? []);
    }
    return taken;
  };

  return async (items: readonly DueTask[]): Promise<ReadonlySet<DueTask>> => {
    const lanes = LANES.map((lane) =>
      sendTo(
        queueUrls[lane],
        items.filter(({ task }) => laneOf(task) === lane),
      ),
    );
    return new Set((await Promise.all(lanes)).flatMap((taken) => [...taken]));
  };
};

const entryOf = (item: DueTask, id: string, nowMs: number, copyId: string): SendMessageBatchRequestEntry => ({
  Id: id,
  MessageBody: JSON.stringify({ ...item.task, copyId }),
  DelaySeconds: Math.min(secondsUntil(item.dueAt, nowMs), LONGEST_DELAY_SECONDS),
  MessageGroupId: item.task.appId,
  MessageAttributes: messageAttributes(item.attributes),
});
