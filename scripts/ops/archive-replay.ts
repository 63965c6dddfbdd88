import { setTimeout as sleep } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { deliveryTopic } from '@fanfare/core/aws/delivery-topic';
import type { ApplicationRef } from '@fanfare/core/keys';
import type { MessageRecord } from '@fanfare/events/message-record';
import { Failure } from '../toolchain/failure.mjs';
import { openTable } from './archive-content.ts';
import { printWalk, type RestoreReport, restoreMessages, restoreText, type Standing } from './archive-restore.ts';
import type { ArchiveSearch } from './archive-search.ts';
import { progress } from './print.ts';
import { type ReplayGate, replayGate } from './replay-gate.ts';
import { type ReplayedMessage, replayAttemptKey, replayPublication } from './replay-task.ts';
import type { OpsStage } from './stage.ts';

export type ReplayOptions = {
  readonly endpointId: string;
  /** Of the same name, a message is sent to an endpoint once, however often this is done. */
  readonly name: string;
  readonly days: number;
  readonly ratePerSecond: number;
};

/** What a replay did with the messages that are in the table now. */
export type ReplayReport = RestoreReport & {
  /** Tasks; each is one attempt. */
  readonly published: number;
  /** They were attempted under this name, and are not again. */
  readonly attemptedBefore: number;
  /** Of those, the ones that failed. */
  readonly failedBefore: number;
  /** Called off by their producer, or due later. */
  readonly leftOut: number;
};

type OpenGate = Extract<ReplayGate, { kind: 'open' }>;

/**
 * Sends archived messages to one endpoint again, each restored first: whether its filters match or not, once, and without
 * retries. The endpoint is looked at before each, and the walk ends where it is not to be sent to. Published by a run that
 * died, a message has the same attempt in the run that follows: it is found made, or is made once.
 */
export const replayMessages = async (
  stage: OpsStage,
  search: ArchiveSearch,
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<ReplayReport> => {
  const look = replayGate(stage, options.endpointId, options.ratePerSecond);
  const publish = openTopic(stage);
  const attemptOf = attemptFinder(stage);
  const counts = { published: 0, attemptedBefore: 0, failedBefore: 0, leftOut: 0 };
  let gate: OpenGate | undefined;

  const mayGoOn = async (application: ApplicationRef): Promise<string | undefined> => {
    const found = await untilNotHeld(look, application, signal);
    if (found.kind === 'closed') return counts.published === 0 ? found.why : `${found.why} ${found.published}`;
    gate = found;
    return undefined;
  };
  const each = async ({ ref, message }: Standing): Promise<void> => {
    if (gate === undefined) throw new Error('a message is looked at before its endpoint');
    if (!isToBeSent(message)) {
      counts.leftOut += 1;
      return;
    }
    const replayed = { ref, endpointId: options.endpointId, name: options.name };
    const before = await attemptOf(replayed);
    if (before !== undefined) {
      counts.attemptedBefore += 1;
      if (before.succeeded !== true) counts.failedBefore += 1;
      return;
    }
    await publish([replayPublication(replayed, message, gate.endpoint)]);
    counts.published += 1;
    await pause(1000 / gate.perSecond, signal);
  };
  const report = await restoreMessages(stage, search, options.days, signal, { mayGoOn, each });
  return { ...report, ...counts };
};

/** What was called off is not sent, and nothing before its time. */
const isToBeSent = ({ cancelledAt, deliverAt }: MessageRecord): boolean =>
  cancelledAt === undefined && (deliverAt === undefined || deliverAt <= Date.now());

const untilNotHeld = async (
  look: ReturnType<typeof replayGate>,
  application: ApplicationRef,
  signal: AbortSignal,
): Promise<Exclude<ReplayGate, { kind: 'hold' }>> => {
  for (;;) {
    const gate = await look(application);
    if (gate.kind !== 'hold') return gate;
    progress(`nothing is sent for ${gate.waitSeconds} s: ${gate.waitsFor}`);
    await pause(gate.waitSeconds * 1000, signal);
  }
};

/** Ends with the signal's own reason. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());

const openTopic = (stage: OpsStage) => {
  const topicArn = stage.contract.get('topic/deliveries/arn');
  if (topicArn === undefined) throw new Failure(`The stage '${stage.stage}' exports no topic of deliveries.`);
  const waiting = { sleep: async (ms: number) => sleep(ms), random: Math.random };
  return deliveryTopic(new SNSClient(stage.clientOptions), topicArn, waiting);
};

/** Delivery drops what was attempted anyway; here it is found so that it can be told, and costs no time. */
const attemptFinder = (stage: OpsStage) => {
  const { client, tableName: TableName } = openTable(stage);
  return async (replayed: ReplayedMessage): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: replayAttemptKey(replayed), ConsistentRead: true }),
    );
    return Item;
  };
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
  printWalk(report, json, () => [restoreText(report, options.days), ...replayText(report, options.name)].join('\n'));
};

const replayText = ({ published, attemptedBefore, failedBefore, leftOut }: ReplayReport, name: string) => [
  `${published} tasks published under the name '${name}'; ${attemptedBefore} were attempted under it before, ${failedBefore} of them without success.`,
  ...(leftOut === 0 ? [] : [`${leftOut} were called off or are due later, and are not sent.`]),
  ...(failedBefore === 0 ? [] : [RECOVERY]),
];

const RECOVERY = "A recovery of the endpoint (the API's `recover`) sends again what failed and never succeeded there.";

/** Whether a replay would be refused now, and why. */
export const replayRefusal = (stage: OpsStage, { endpointId, ratePerSecond }: ReplayOptions) => {
  const look = replayGate(stage, endpointId, ratePerSecond);
  return async (application: ApplicationRef): Promise<string | undefined> => {
    const gate = await look(application);
    return gate.kind === 'closed' ? gate.why : undefined;
  };
};
