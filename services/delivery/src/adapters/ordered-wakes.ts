import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import type { KeepUntilDue } from '@fanfare/core/aws/due-writer';
import type { DueOrder } from '@fanfare/events/due-item';
import { type OrderedWake, orderedDeduplicationId, orderedGroupId } from '@fanfare/events/ordered-wake';
import type { Announce } from '../domain/ordered/looked.ts';
import { LONGEST_DELAY_SECONDS, secondsUntil, waitingPlace } from '../domain/waiting-place.ts';
import { sendBatch } from './queue-batch.ts';

type Config = {
  readonly client: SQSClient;
  /** Where looks wait: a FIFO queue delays no message for itself. */
  readonly parkUrl: string;
  readonly orderedUrl: string;
  readonly keepUntilDue: KeepUntilDue;
  readonly now: () => number;
};

/** Announces looks at logs: at once in their queue, soon in that of parked tasks, or among what is due later. */
export const orderedWakes = ({ client, parkUrl, orderedUrl, keepUntilDue, now }: Config): Announce => {
  const wakeNow = wakeOrdered(client, orderedUrl);
  return async (wake) => {
    const place = waitingPlace(wake.wakeAt, now());
    if (place.kind === 'due-store') await keepUntilDue({ kind: 'due', what: 'order', dueAt: wake.wakeAt, wake });
    else if (place.delaySeconds === 0) await wakeNow(wake);
    else {
      const { delaySeconds: DelaySeconds } = place;
      await client.send(new SendMessageCommand({ QueueUrl: parkUrl, ...waitingMessage(wake), DelaySeconds }));
    }
  };
};

/** Wakes a log now. What waits differs from what was said before by its time, so it is no duplicate of that. */
export const wakeOrdered =
  (client: SQSClient, orderedUrl: string) =>
  async (wake: OrderedWake): Promise<void> => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: orderedUrl,
        MessageBody: JSON.stringify(wake),
        MessageGroupId: orderedGroupId(wake),
        MessageDeduplicationId: orderedDeduplicationId(wake),
      }),
    );
  };

/** Sends on the looks that are due soon. Answers those that were taken. */
export const dueOrders =
  (client: SQSClient, parkUrl: string, waiting: Waiting, now: () => number) =>
  async (items: readonly DueOrder[]): Promise<ReadonlySet<DueOrder>> => {
    const entries = items.map(({ dueAt, wake }) => ({
      ...waitingMessage(wake),
      DelaySeconds: Math.min(secondsUntil(dueAt, now()), LONGEST_DELAY_SECONDS),
    }));
    const taken = await sendBatch(client, parkUrl, entries, waiting);
    return new Set(items.filter((_, index) => taken[index]));
  };

const waitingMessage = (wake: OrderedWake) => ({ MessageBody: JSON.stringify(wake), MessageGroupId: wake.appId });
