import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import { deliveryTasks } from '@fanfare/core/deliveries/delivery-tasks';
import { publicationOf } from '@fanfare/core/deliveries/publication';
import { endpointKey } from '@fanfare/core/keys';
import { correlationId } from '@fanfare/core/telemetry/correlation';
import { endpointRecord } from '@fanfare/events/endpoint-record';
import { type Subscriber, subscriberOf } from '../../services/fanout/src/domain/subscriber.ts';
import { Failure } from '../toolchain/failure.mjs';
import { hasContent, openTable } from './archive-content.ts';
import { type RestoreReport, restoreMessages, restoreText, type Standing } from './archive-restore.ts';
import { type ArchiveSearch, searchArchive } from './archive-search.ts';
import { printResult } from './print.ts';
import type { OpsStage } from './stage.ts';

export type ReplayOptions = {
  readonly endpointId: string;
  /** Of the same name, a message is sent to an endpoint once, however often this is done. */
  readonly name: string;
  readonly days: number;
  readonly ratePerSecond: number;
};

/** What a replay did. `published` counts tasks; one whose attempt stands already is dropped where it would be sent. */
export type ReplayReport = RestoreReport & { readonly published: number };

/**
 * Sends archived messages to one endpoint again, each restored first, as by hand: whether its filters match or not, once, and
 * without retries. The key of the attempt follows from the replay's name, so that a second run finds it made.
 */
export const replayMessages = async (
  stage: OpsStage,
  search: ArchiveSearch,
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<ReplayReport> => {
  const topicArn = stage.contract.get('topic/deliveries/arn');
  if (topicArn === undefined) throw new Failure(`The stage '${stage.stage}' exports no topic of deliveries.`);
  const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
  const publish = deliveryTopic(new SNSClient(stage.clientOptions), topicArn, waiting);
  let lane: Subscriber['lane'] | 'unknown' = 'unknown';
  let published = 0;
  const report = await restoreMessages(stage, search, options.days, signal, async ({ ref, message }: Standing) => {
    if (message.cancelledAt !== undefined) return; // its producer called it off
    if (lane === 'unknown') lane = await laneOfEndpoint(stage, { ...ref, endpointId: options.endpointId });
    const wanted = { endpointId: options.endpointId, attempt: 1, lane };
    const tasks = deliveryTasks(ref, message, [wanted], () => copyIdOf(options, ref.messageId));
    await publish(
      tasks.map((task) =>
        publicationOf({ ...task, trigger: 'manual' }, correlationId(message.correlationId, ref.messageId)),
      ),
    );
    published += tasks.length;
    await sleep(1000 / options.ratePerSecond, undefined, { signal });
  });
  return { ...report, published };
};

/** 128 bits are enough against accident. */
const copyIdOf = ({ name, endpointId }: ReplayOptions, messageId: string): string =>
  createHash('sha256')
    .update(`archive-replay\n${name}\n${messageId}\n${endpointId}`)
    .digest()
    .subarray(0, 16)
    .toString('base64url');

const laneOfEndpoint = async (stage: OpsStage, ref: Parameters<typeof endpointKey>[0]): Promise<Subscriber['lane']> => {
  const { client, tableName: TableName } = openTable(stage);
  const { Item } = await client.send(new GetCommand({ TableName, Key: endpointKey(ref), ConsistentRead: true }));
  const endpoint = Item === undefined ? undefined : endpointRecord.parse(Item);
  if (endpoint !== undefined && endpoint.deletedAt === undefined) return subscriberOf(endpoint).lane;
  throw new Failure(`The application ${ref.appId} has no endpoint ${ref.endpointId}.`);
};

/** `ops archive replay` */
export const printReplayed = async (
  stage: OpsStage,
  search: ArchiveSearch,
  options: ReplayOptions,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const report = await replayMessages(stage, search, options, signal);
  printResult(report, json, () =>
    [
      restoreText(report, options.days),
      `${report.published} tasks published; those sent before under the name '${options.name}' are not sent again.`,
    ].join('\n'),
  );
};

/** `ops archive restore --dry-run` and `replay --dry-run`: how many messages match. */
export const countMessages = async (
  stage: OpsStage,
  search: ArchiveSearch,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  let [matched, withoutContent] = [0, 0];
  for await (const row of searchArchive(stage, { ...search, kind: 'message' })) {
    signal.throwIfAborted();
    matched += 1;
    if (!hasContent(row)) withoutContent += 1;
  }
  printResult(
    { matched, withoutContent },
    json,
    () => `${matched} messages match, ${withoutContent} without a payload.`,
  );
};
