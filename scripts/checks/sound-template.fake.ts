import { parseTemplate, type Template } from './cloudformation.ts';

/** A service with one function that keeps every rule: it reads a queue and a stream, and answers an API. */
const SOUND = `
Parameters:
  Stage: { Type: String }
  Architecture: { Type: String, Default: arm64 }
  QueueWebhookArn: { Type: AWS::SSM::Parameter::Value<String> }
  TableStreamArn: { Type: AWS::SSM::Parameter::Value<String> }
  DestinationStreamFailuresArn: { Type: AWS::SSM::Parameter::Value<String> }
  SettingLogRetentionDays: { Type: AWS::SSM::Parameter::Value<String> }
  LayerTelemetryArn: { Type: AWS::SSM::Parameter::Value<String> }
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub fanfare-\${Stage}-work
      Runtime: nodejs24.x
      Architectures: [!Ref Architecture]
      Timeout: 30
      Role: !GetAtt WorkRole.Arn
      AutoPublishAlias: live
      Layers: [!Ref LayerTelemetryArn]
      LoggingConfig:
        LogFormat: JSON
        LogGroup: !Ref WorkLogs
      Events:
        Tasks:
          Type: SQS
          Properties:
            Queue: !Ref QueueWebhookArn
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: { MaximumConcurrency: 50 }
  WorkLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/fanfare-\${Stage}-work
      RetentionInDays: !Ref SettingLogRetentionDays
  WorkRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: work
          PolicyDocument:
            Statement:
              - Sid: TakeTasks
                Effect: Allow
                Action: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes]
                Resource: !Ref QueueWebhookArn
              - Sid: ReadStream
                Effect: Allow
                Action: [dynamodb:GetRecords, dynamodb:GetShardIterator, dynamodb:DescribeStream, dynamodb:ListStreams]
                Resource: !Sub \${TableStreamArn}
              - Sid: KeepWhatFailed
                Effect: Allow
                Action: [sqs:SendMessage, s3:ListBucket]
                Resource: !Ref DestinationStreamFailuresArn
              - Sid: KeepWhatFailedAsObject
                Effect: Allow
                Action: s3:PutObject
                Resource: !Sub \${DestinationStreamFailuresArn}/*
              - !If
                - TracingIsOn
                - Sid: Trace # X-Ray has no resources to name
                  Effect: Allow
                  Action: xray:PutTraceSegments
                  Resource: "*"
                - !Ref AWS::NoValue
  WorkStream:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Work.Alias
      EventSourceArn: !Ref TableStreamArn
      ParallelizationFactor: 2
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: -1
      MaximumRecordAgeInSeconds: 72000
      DestinationConfig:
        OnFailure:
          Destination: !Ref DestinationStreamFailuresArn
  WorkIntegration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      IntegrationUri: !Ref Work.Alias
  WorkPermission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Work.Alias
`;

const FILE = 'services/sound/template.yaml';

/** The platform stack that belongs to it. */
export const platformTemplate = (key = 'layer/telemetry/arn'): Template =>
  parseTemplate(
    'template.yaml',
    `Resources: { Arn: { Type: AWS::SSM::Parameter, Properties: { Name: !Sub '/fanfare/\${Stage}/${key}' } } }`,
  );

/** The contract that belongs to it, and the keys of it. */
export const SOUND_CONTRACT = {
  'queue/webhook/arn': { description: 'the queue' },
  'table/stream-arn': { description: 'the stream' },
  'destination/stream-failures/arn': { description: 'where records go' },
  'setting/log-retention-days': { description: 'days' },
} as const;

export const SOUND_KEYS = [...Object.keys(SOUND_CONTRACT), 'layer/telemetry/arn'];

/** The template with one piece of its text exchanged. Throws when the piece is not in it, so no test passes by a typo. */
export const soundTemplate = (piece = '', instead = ''): Template => {
  if (!SOUND.includes(piece)) throw new Error(`not in the template: ${piece}`);
  return parseTemplate(
    FILE,
    SOUND.replace(piece, () => instead),
  );
};

/** The template with more resources. */
export const soundTemplateAnd = (resources: string): Template => parseTemplate(FILE, `${SOUND}${resources}`);
