import type { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type {
  MessageAttributeValue,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type DeliveryTask, deliveryTask } from '@fanfare/events/delivery-task';
import type { SQSMessageAttributes } from 'aws-lambda';
import { type Actor, INJECTED_CODE } from './actor.ts';
import { increment, taskLabel } from './ledger.ts';
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
/** Refused once, or however often it is offered. */
const REFUSED_ODDS = { publish: [0.04, 0.05], send: [0.05, 0.2] };

/** The clients of SQS and SNS that an actor's adapters are given: each call is a call over the network. */
export const queueClients = (world: World, actor: Actor): { readonly sqs: SQSClient; readonly sns: SNSClient } => {
  const { lane, numbered, choices, ledger, onFault, story } = world;
  const staysRefused = new Set<string>();

  const sendOne = async ({ input }: SendMessageCommand) => {
    const label = taskLabel(taskOf(input.MessageBody));
    return actor.call({
      label: `${label}: schedule`,
      kind: 'write',
      told: () => `schedules ${label} in ${input.DelaySeconds} s`,
      effect: () => {
        increment(ledger.scheduled, label);
        lane.send(input.MessageBody ?? '', numbered(label), input.DelaySeconds ?? 0, received(input.MessageAttributes));
        return {};
      },
    });
  };

  type Entry = { readonly id: string; readonly label: string; readonly take: () => void };

  /** A batch of which some entries may be refused. */
  const sendBatch = (verb: keyof typeof REFUSED_ODDS, entries: readonly Entry[]) => {
    const labels = entries.map(({ label }) => label).join(', ');
    return actor.call({
      label: `${verb} ${labels}`,
      kind: 'write',
      told: () => `${verb === 'send' ? 'sends' : 'publishes'} ${labels}`,
      effect: () => {
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

  const sendBatchToLane = ({ input }: SendMessageBatchCommand) =>
    sendBatch(
      'send',
      (input.Entries ?? []).map(({ Id = '', MessageBody = '', DelaySeconds = 0, MessageAttributes }) => {
        const label = taskLabel(taskOf(MessageBody));
        return {
          id: Id,
          label,
          take: () => lane.send(MessageBody, numbered(label), DelaySeconds, received(MessageAttributes)),
        };
      }),
    );

  const publishBatch = ({ input }: PublishBatchCommand) =>
    sendBatch(
      'publish',
      (input.PublishBatchRequestEntries ?? []).map(({ Id = '', Message = '', MessageAttributes }) => {
        const label = taskLabel(taskOf(Message));
        const take = (): void => {
          lane.send(Message, numbered(label), 0, received(MessageAttributes));
          if (choices.choose('duplicate', numbered(`${label}: topic delivers twice`), [0.02]) === 0) return;
          lane.send(Message, numbered(label), 0, received(MessageAttributes));
          increment(ledger.repeats, label);
          onFault('duplicate');
          story.tell(() => `the topic delivers ${label} twice`);
        };
        return { id: Id, label, take };
      }),
    );

  const sqs = {
    send: (command: SendMessageCommand | SendMessageBatchCommand) =>
      'Entries' in command.input
        ? sendBatchToLane(command as SendMessageBatchCommand)
        : sendOne(command as SendMessageCommand),
  };
  return { sqs: sqs as unknown as SQSClient, sns: { send: publishBatch } as unknown as SNSClient };
};
