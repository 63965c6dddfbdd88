import type { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type {
  MessageAttributeValue,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type DeliveryTask, deliveryTask, LANE_ATTRIBUTE } from '@fanfare/events/delivery-task';
import { type OrderedWake, orderedWake } from '@fanfare/events/ordered-wake';
import { wake } from '@fanfare/events/wake';
import type { SQSMessageAttributes } from 'aws-lambda';
import { type Actor, INJECTED_CODE } from './actor.ts';
import { increment, taskLabel } from './ledger.ts';
import { readable } from './names.ts';
import type { Queue } from './queue.ts';
import { LOGS_ARN, LOGS_URL, PARK_URL, type QueueUrl, urlOfLane } from './queues.ts';
import type { World } from './world.ts';

type Attributes = Readonly<Record<string, Pick<MessageAttributeValue, 'DataType' | 'StringValue'>>> | undefined;

/** As Lambda hands message attributes over. */
const received = (attributes: Attributes = {}): SQSMessageAttributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue }]) => [
      name,
      { dataType: 'String', stringValue: StringValue ?? '' },
    ]),
  );

const taskOf = (body: string | undefined): DeliveryTask => deliveryTask.parse(JSON.parse(body ?? ''));

/** What a message is about. */
const labelOf = (url: string | undefined, body: string): string => {
  if (isTask(url)) return taskLabel(taskOf(body));
  const given = JSON.parse(body) as { readonly v: number };
  if (given.v === 2) return logLabel(orderedWake.parse(given));
  const { endpointId, last } = wake.parse(given);
  return `look_at_${readable(endpointId)}${last ? '_at_last' : ''}`;
};

/** `log_ep_1/a@3`: an endpoint, a log and a number in it. */
const logLabel = ({ endpointId, orderingKey, number, probe }: OrderedWake): string =>
  `log_${readable(endpointId)}/${orderingKey}@${number}${probe ? '_probe' : ''}`;

const isTask = (url: string | undefined): boolean => url !== PARK_URL && url !== LOGS_URL;

const isNext = (url: string | undefined, body: string): boolean => isTask(url) && taskOf(body).hops === undefined;
const isSentOn = (url: string | undefined, body: string): boolean => isTask(url) && taskOf(body).hops !== undefined;

/** Refused once, or however often it is offered. */
const REFUSED_ODDS = { publish: [0.04, 0.05], send: [0.05, 0.2] };

type Entry = { readonly id: string; readonly label: string; readonly take: () => void };

/** The clients of SQS and SNS that an actor's adapters are given: each call is a call over the network. */
export const queueClients = (
  world: World,
  actor: () => Actor,
): { readonly sqs: SQSClient; readonly sns: SNSClient } => {
  const { queues, numbered, choices, ledger, onFault, story } = world;
  /** Of an invocation: the next one has another chance. */
  const refusedFor = new WeakMap<Actor, Set<string>>();
  const put = (
    url: string | undefined,
    body: string,
    label: string,
    delaySeconds: number,
    given: Attributes,
    order: Parameters<Queue['send']>[4] = {},
  ): void => queues[url as QueueUrl].send(body, numbered(label), delaySeconds, received(given), order);

  const sendOne = async ({ input }: SendMessageCommand) => {
    const { QueueUrl, MessageBody = '', DelaySeconds = 0, MessageAttributes } = input;
    const order = { groupId: input.MessageGroupId, deduplicationId: input.MessageDeduplicationId };
    const label = labelOf(QueueUrl, MessageBody);
    return actor().call({
      label: `${label}: schedule`,
      kind: 'write',
      told: () => `schedules ${label} in ${DelaySeconds} s`,
      effect: () => {
        // What goes back for the same attempt is no retry.
        if (isNext(QueueUrl, MessageBody)) increment(ledger.scheduled, label);
        put(QueueUrl, MessageBody, label, DelaySeconds, MessageAttributes, order);
        return {};
      },
    });
  };

  /** A batch of which some entries may be refused. */
  const sendBatch = (verb: keyof typeof REFUSED_ODDS, entries: readonly Entry[]) => {
    const labels = entries.map(({ label }) => label).join(', ');
    return actor().call({
      label: `${verb} ${labels}`,
      kind: 'write',
      told: () => `${verb === 'send' ? 'sends' : 'publishes'} ${labels}`,
      effect: () => {
        const staysRefused = refusedFor.get(actor()) ?? new Set<string>();
        refusedFor.set(actor(), staysRefused);
        const isRefused = ({ label }: Entry): boolean => {
          const refusal = choices.choose('throttle', numbered(`${label}: ${verb} refused`), REFUSED_ODDS[verb]);
          if (refusal === 2) staysRefused.add(label);
          if (refusal === 0 && !staysRefused.has(label)) return false;
          onFault('throttle');
          story.tell(() => `${label} is refused`);
          return true;
        };
        const refused = new Set(entries.filter(isRefused));
        const taken = entries.filter((entry) => !refused.has(entry));
        for (const { take } of taken) take();
        return {
          Successful: taken.map(({ id }) => ({ Id: id })),
          Failed: [...refused].map(({ id }) => ({ Id: id, Code: INJECTED_CODE, SenderFault: false })),
        };
      },
    });
  };

  const sendBatchToQueue = ({ input }: SendMessageBatchCommand) =>
    sendBatch(
      'send',
      (input.Entries ?? []).map(({ Id = '', MessageBody = '', DelaySeconds = 0, MessageAttributes }) => {
        const label = labelOf(input.QueueUrl, MessageBody);
        const take = (): void => {
          // What was parked may be sent on twice, after a crash in between: then it is there twice.
          if (isSentOn(input.QueueUrl, MessageBody)) increment(ledger.repeats, label);
          put(input.QueueUrl, MessageBody, label, DelaySeconds, MessageAttributes);
        };
        return { id: Id, label, take };
      }),
    );

  type TopicEntry = NonNullable<PublishBatchCommand['input']['PublishBatchRequestEntries']>[number];

  /** The topic's subscriptions choose by the attribute of the lane. */
  const taskEntry = ({ Id = '', Message = '', MessageAttributes }: TopicEntry): Entry => {
    const label = taskLabel(taskOf(Message));
    const url = urlOfLane(MessageAttributes?.[LANE_ATTRIBUTE]?.StringValue);
    const take = (): void => {
      ledger.published.add(label);
      put(url, Message, label, 0, MessageAttributes);
      if (choices.choose('duplicate', numbered(`${label}: topic delivers twice`), [0.05]) === 0) return;
      put(url, Message, label, 0, MessageAttributes);
      increment(ledger.repeats, label);
      onFault('duplicate');
      story.tell(() => `the topic delivers ${label} twice`);
    };
    return { id: Id, label, take };
  };

  const logEntry = ({ Id = '', Message = '', MessageGroupId, MessageDeduplicationId }: TopicEntry): Entry => {
    const label = labelOf(LOGS_URL, Message);
    const order = { groupId: MessageGroupId, deduplicationId: MessageDeduplicationId };
    return { id: Id, label, take: () => put(LOGS_URL, Message, label, 0, {}, order) };
  };

  const publishBatch = ({ input }: PublishBatchCommand) =>
    sendBatch(
      'publish',
      (input.PublishBatchRequestEntries ?? []).map(input.TopicArn === LOGS_ARN ? logEntry : taskEntry),
    );

  const sqs = {
    send: (command: SendMessageCommand | SendMessageBatchCommand) =>
      'Entries' in command.input
        ? sendBatchToQueue(command as SendMessageBatchCommand)
        : sendOne(command as SendMessageCommand),
  };
  return { sqs: sqs as unknown as SQSClient, sns: { send: publishBatch } as unknown as SNSClient };
};
