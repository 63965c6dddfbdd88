import { checkFailureStores } from './failure-stores.ts';
import { soundTemplate, soundTemplateAnd } from './sound-template.fake.ts';
import type { TerraformFacts } from './terraform-facts.ts';

const facts = (deadLetterArn?: string): TerraformFacts => ({
  exports: { 'queue/webhook/arn': 'arn-1', 'table/stream-arn': 'arn-2', 'destination/stream-failures/arn': 'arn-3' },
  queues: [
    { address: 'a', name: 'w', arn: 'arn-1', visibilityTimeoutSeconds: 180, ...(deadLetterArn && { deadLetterArn }) },
    { address: 'b', name: 'w-dead-letters', arn: 'arn-4', visibilityTimeoutSeconds: 30 },
  ],
  alarms: [],
  dashboards: [],
});
const reasons = (
  template: Parameters<typeof checkFailureStores>[1][number],
  deadLetterArn: string | undefined = 'arn-4',
) => checkFailureStores(facts(deadLetterArn), [template]).findings.map(({ reason }) => reason);

const CLOCK = `
  Clock:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(5 minutes)
      Targets: [{ Id: work, Arn: !Ref Work.Alias }]
  ClockPermission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Work.Alias, Principal: events.amazonaws.com }
`;
const INVOCATIONS = `
  Invocations:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: { FunctionName: !Ref Work, Qualifier: live, MaximumRetryAttempts: 0 }
`;

describe('failure stores', () => {
  test('a dead-letter queue of a queue, and a store of whole records of a stream, pass', () => {
    expect(reasons(soundTemplate())).toEqual([]);
  });

  test('a queue without a dead-letter queue is found', () => {
    expect(checkFailureStores(facts(), [soundTemplate()]).findings).toEqual([
      expect.objectContaining({ reason: expect.stringContaining('without a dead-letter queue') }),
    ]);
  });

  test('a dead-letter queue that Terraform does not make is found', () => {
    expect(reasons(soundTemplate(), 'arn-of-a-stranger')).toEqual([
      expect.stringContaining('without a dead-letter queue'),
    ]);
  });

  test('a stream without a destination, or with one that keeps positions alone, is found', () => {
    const destination = 'Destination: !Ref DestinationStreamFailuresArn';
    for (const instead of ['Type: None', 'Destination: !Ref QueueWebhookArn']) {
      expect(reasons(soundTemplate(destination, instead))).toEqual([expect.stringContaining('keeps whole records')]);
    }
  });

  test('a clock whose ticks are not repeated passes, and one whose ticks are is found', () => {
    expect(reasons(soundTemplateAnd(CLOCK + INVOCATIONS))).toEqual([]);
    expect(reasons(soundTemplateAnd(CLOCK))).toEqual([expect.stringContaining('say MaximumRetryAttempts 0')]);
  });

  test('events that carry something and have no destination are found, repeated or not', () => {
    const rule = CLOCK.replace('ScheduleExpression: rate(5 minutes)', 'EventPattern: { source: [x] }');
    const bucket = CLOCK.replace('events.amazonaws.com', 's3.amazonaws.com');
    for (const broken of [rule, bucket]) {
      expect(reasons(soundTemplateAnd(broken + INVOCATIONS))).toEqual([expect.stringContaining('would be dropped')]);
    }
  });
});
