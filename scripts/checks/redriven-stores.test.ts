import { parseTemplate } from './cloudformation.ts';
import { checkRedrivenStores } from './redriven-stores.ts';
import type { TerraformFacts } from './terraform-facts.ts';

const queue = (name: string, deadLetterArn?: string) => ({
  ...{ address: name, name: `fanfare-local-${name}`, arn: `arn of ${name}`, visibilityTimeoutSeconds: 30 },
  ...(deadLetterArn && { deadLetterArn }),
});
const facts = (more: Record<string, string> = {}): TerraformFacts => ({
  exports: {
    'queue/webhook/arn': 'arn of webhook',
    'queue/ordered/arn': 'arn of ordered.fifo',
    'queue/fanout-quarantine/arn': 'arn of fanout-quarantine',
    'queue/intake-rejects/arn': 'arn of intake-rejects',
    'destination/stream-failures/arn': 'arn of stream-failures',
    ...more,
  },
  queues: [
    queue('webhook', 'arn of webhook-dead-letters'),
    queue('webhook-dead-letters'),
    queue('ordered.fifo', 'arn of ordered-dead-letters.fifo'),
    queue('ordered-dead-letters.fifo'),
    queue('fanout-quarantine'),
    queue('intake-rejects'),
    queue('new', 'arn of new-dead-letters'),
    queue('new-dead-letters'),
    queue('new-quarantine'),
  ],
  alarms: [],
  dashboards: [],
});

const TEMPLATE = `
Parameters:
  QueueWebhookArn: { Type: "AWS::SSM::Parameter::Value<String>" }
Resources:
  RedriveStep:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub fanfare-\${Stage}-redrive-step
      Role: !GetAtt StepRole.Arn
  StepRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
              - Sid: Take
                Effect: Allow
                Action: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility, sqs:GetQueueAttributes]
                Resource:
                  - !Sub \${QueueWebhookArn}-dead-letters
                  - !Sub arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:fanfare-\${Stage}-ordered-dead-letters.fifo
                  - !Ref QueueFanoutQuarantineArn
              - Sid: TakeRecords
                Effect: Allow
                Action: s3:ListBucket
                Resource: !Ref DestinationStreamFailuresArn
              - Sid: Call
                Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !Sub arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:fanfare-\${Stage}-called:live
              - Sid: PutBack
                Effect: Allow
                Action: sqs:SendMessage
                Resource: [!Ref QueueWebhookArn, !Ref QueueOrderedArn]
`;
const reasons = (more: Record<string, string> = {}, text = TEMPLATE) =>
  checkRedrivenStores(facts(more), [parseTemplate('template.yaml', text)]).map(({ reason }) => reason);

describe('the role that redrives', () => {
  test('passes when it names every store, FIFO queues, quarantines and destinations included', () => {
    expect(reasons()).toEqual([]);
  });

  test('is found when a lane is new to it', () => {
    expect(reasons({ 'queue/new/arn': 'arn of new' })).toEqual([
      'redrive-step may not sqs:ReceiveMessage on fanfare-local-new-dead-letters, a store of failed work',
      expect.stringContaining('sqs:DeleteMessage'),
      expect.stringContaining('sqs:ChangeMessageVisibility'),
      expect.stringContaining('sqs:GetQueueAttributes'),
      'redrive-step may not sqs:SendMessage on fanfare-local-new, a store of failed work',
    ]);
  });

  test('is found when a quarantine or a destination is new to it', () => {
    expect(reasons({ 'queue/new-quarantine/arn': 'arn of new-quarantine' })).toHaveLength(4);
    expect(reasons({ 'destination/new-failures/arn': 'arn' })).toEqual([
      'redrive-step may not take records from destination/new-failures/arn',
    ]);
  });

  const CALLED = `
Resources:
  Called:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: !Sub "fanfare-\${Stage}-called" }
  Invocations:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Called
      DestinationConfig: { OnFailure: { Destination: !Ref QueueCalledFailuresArn } }
`;
  const reasonsBeside = (text: string) =>
    checkRedrivenStores(facts(), [parseTemplate('a.yaml', TEMPLATE), parseTemplate('b.yaml', text)]);

  test('calls functions whose failures have a place to come back to, and no others', () => {
    expect(reasonsBeside(CALLED)).toEqual([]);
    expect(reasonsBeside(CALLED.replace('OnFailure', 'OnSuccess'))).toEqual([
      { file: 'b.yaml', reason: 'Called is called again by redrive-step and has no on-failure destination' },
    ]);
  });

  test('is missed when it is not there', () => {
    expect(reasons({}, TEMPLATE.replace('redrive-step', 'other'))).toEqual(['no function is named redrive-step']);
  });
});
