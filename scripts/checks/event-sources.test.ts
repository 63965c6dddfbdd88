import { checkEventSources } from './event-sources.ts';
import { SOUND_KEYS, soundTemplate } from './sound-template.fake.ts';

const reasons = (...broken: Parameters<typeof soundTemplate>): readonly string[] =>
  checkEventSources(soundTemplate(...broken), SOUND_KEYS).map(({ reason }) => reason);

describe('event sources', () => {
  test('a role that holds what AWS asks for passes', () => {
    expect(reasons()).toEqual([]);
  });

  test.each([
    ['sqs:ReceiveMessage', 'sqs:ReceiveMessage, ', ''],
    ['sqs:DeleteMessage', ', sqs:DeleteMessage', ''],
    ['sqs:GetQueueAttributes', ', sqs:GetQueueAttributes', ''],
    ['dynamodb:GetRecords', 'dynamodb:GetRecords, ', ''],
    ['dynamodb:GetShardIterator', ' dynamodb:GetShardIterator,', ''],
    ['dynamodb:DescribeStream', ' dynamodb:DescribeStream,', ''],
    ['dynamodb:ListStreams', ', dynamodb:ListStreams', ''],
    ['sqs:SendMessage', 'sqs:SendMessage, ', ''],
    ['s3:ListBucket', ', s3:ListBucket', ''],
    ['s3:PutObject', 'Action: s3:PutObject', 'Action: s3:GetObject'],
  ])('a role without %s is found', (action, piece, instead) => {
    expect(reasons(piece, instead)).toEqual([expect.stringContaining(`Work may not ${action} on`)]);
  });

  test('a permission for another queue does not count', () => {
    const found = reasons('Resource: !Ref QueueWebhookArn', 'Resource: !Ref QueueOtherArn');
    expect(found).toHaveLength(3);
    expect(found[0]).toContain('{"Ref":"QueueWebhookArn"}');
  });

  test('a queue that is read without a limit of concurrency is found', () => {
    expect(reasons('ScalingConfig: { MaximumConcurrency: 50 }', 'BatchSize: 10')).toEqual([
      expect.stringContaining('no ScalingConfig.MaximumConcurrency'),
    ]);
  });

  test('a queue whose batches fail as a whole is found', () => {
    expect(reasons('FunctionResponseTypes: [ReportBatchItemFailures]', 'BatchSize: 10')).toEqual([
      expect.stringContaining('ReportBatchItemFailures'),
    ]);
  });

  test.each([
    ['does not bisect', 'BisectBatchOnFunctionError: true', 'BatchSize: 10'],
    ['counts retries', 'MaximumRetryAttempts: -1', 'MaximumRetryAttempts: 3'],
    ['counts retries', 'MaximumRetryAttempts: -1', 'BatchSize: 10'],
    ['MaximumRecordAgeInSeconds', 'MaximumRecordAgeInSeconds: 72000', 'MaximumRecordAgeInSeconds: 86400'],
    ['MaximumRecordAgeInSeconds', 'MaximumRecordAgeInSeconds: 72000', 'MaximumRecordAgeInSeconds: -1'],
    ['MaximumRecordAgeInSeconds', 'MaximumRecordAgeInSeconds: 72000', 'BatchSize: 10'],
    ['ParallelizationFactor', 'ParallelizationFactor: 2', 'BatchSize: 10'],
    [
      'single failures',
      'ParallelizationFactor: 2',
      'ParallelizationFactor: 2\n      FunctionResponseTypes: [ReportBatchItemFailures]',
    ],
  ])('a stream whose source %s is found', (reason, piece, instead) => {
    expect(reasons(piece, instead)).toEqual([expect.stringContaining(reason)]);
  });

  test('a mapping that feeds no alias is found', () => {
    expect(
      reasons('FunctionName: !Ref Work.Alias\n      EventSourceArn', 'FunctionName: !Ref Work\n      EventSourceArn'),
    ).toEqual([expect.stringContaining('WorkStream must feed the alias')]);
  });
});
