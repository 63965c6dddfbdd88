import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Waiting } from '@fanfare/core/aws/batch-get';
import type { KeepUntilDue } from '@fanfare/core/aws/due-writer';
import type { DueEndpoint } from '@fanfare/events/due-item';
import type { Wake } from '@fanfare/events/wake';
import type { ParkPorts } from '../domain/park.ts';
import { LONGEST_DELAY_SECONDS, secondsUntil, waitingPlace } from '../domain/waiting-place.ts';
import { sendBatch } from './queue-batch.ts';

type Config = {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly keepUntilDue: KeepUntilDue;
  readonly now: () => number;
};

/** Announces looks at parked tasks: in their queue, or among what is due later where a queue cannot hold them so long. */
export const wakeQueue =
  ({ client, queueUrl, keepUntilDue, now }: Config): ParkPorts['sendWake'] =>
  async (wake) => {
    const place = waitingPlace(wake.wakeAt, now());
    if (place.kind === 'due-store') {
      await keepUntilDue({ kind: 'due', what: 'endpoint', dueAt: wake.wakeAt, wake });
      return;
    }
    await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, ...messageOf(wake), DelaySeconds: place.delaySeconds }),
    );
  };

/** Sends on the looks that are due soon. Answers those that were taken. */
export const dueWakes =
  (client: SQSClient, queueUrl: string, waiting: Waiting, now: () => number) =>
  async (items: readonly DueEndpoint[]): Promise<ReadonlySet<DueEndpoint>> => {
    const entries = items.map(({ wake }) => ({
      ...messageOf(wake),
      DelaySeconds: Math.min(secondsUntil(wake.wakeAt, now()), LONGEST_DELAY_SECONDS),
    }));
    const taken = await sendBatch(client, queueUrl, entries, waiting);
    return new Set(items.filter((_, index) => taken[index]));
  };

const messageOf = (wake: Wake) => ({ MessageBody: JSON.stringify(wake), MessageGroupId: wake.appId });
