import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { DOMAIN_EVENT_SOURCE, type DomainEvent, domainEvent } from '@fanfare/events/domain-event';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually } from './eventually.ts';
import { sqs } from './webhook-lane.ts';

const TARGET = 'test';

/** Whoever reacts to domain events: a rule on the bus and the queue that it feeds, as an owner would make them. */
export type Subscription = {
  /** Every event that came so far, in the order of arrival, repeats included. */
  readonly received: () => Promise<readonly DomainEvent[]>;
  readonly end: () => Promise<void>;
};

/** Subscribes to the domain events of an organisation. */
export const subscribe = async (orgId: string): Promise<Subscription> => {
  const bridge = new EventBridgeClient(clientOptions());
  const EventBusName = await contractValue('bus/name');
  const Name = `test-${crypto.randomUUID()}`;
  const { QueueUrl } = await sqs().send(new CreateQueueCommand({ QueueName: Name }));
  const { Attributes = {} } = await sqs().send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const EventPattern = JSON.stringify({ source: [DOMAIN_EVENT_SOURCE], detail: { orgId: [orgId] } });
  await bridge.send(new PutRuleCommand({ Name, EventBusName, EventPattern }));
  await bridge.send(
    new PutTargetsCommand({ Rule: Name, EventBusName, Targets: [{ Id: TARGET, Arn: Attributes.QueueArn }] }),
  );

  const all: DomainEvent[] = [];
  const take = async (): Promise<number> => {
    const { Messages = [] } = await sqs().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body = '' } of Messages) {
      const event = JSON.parse(Body) as { 'detail-type': string; detail: unknown };
      const detail = domainEvent.parse(event.detail);
      if (event['detail-type'] !== detail.type) throw new Error(`a ${detail.type} came as ${event['detail-type']}`);
      all.push(detail);
    }
    if (Messages.length > 0) {
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs().send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
    return Messages.length;
  };
  return {
    received: async () => {
      while ((await take()) > 0);
      return [...all];
    },
    end: async () => {
      await bridge.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids: [TARGET] }));
      await bridge.send(new DeleteRuleCommand({ Name, EventBusName }));
      await sqs().send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
};

/** Subscribes a test file to the events of an organisation, which a `beforeAll` before this one may have made. */
export const useSubscription = (orgId: () => string): (() => Subscription) => {
  let subscription: Subscription;
  beforeAll(async () => {
    subscription = await subscribe(orgId());
  });
  afterAll(() => subscription.end());
  return () => subscription;
};

/** Waits until a subscription got an event of this type. Answers all events so far. */
export const untilAnnounced = (
  subscription: Subscription,
  type: DomainEvent['type'],
  isIt: (event: DomainEvent) => boolean = () => true,
): Promise<readonly DomainEvent[]> =>
  eventually(`the event ${type}`, async () => {
    const events = await subscription.received();
    return events.some((event) => event.type === type && isIt(event)) ? events : undefined;
  });
