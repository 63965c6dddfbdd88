import { parseTemplate } from './cloudformation.ts';
import { checkStreamReaders } from './stream-readers.ts';

const KEYS = ['table/stream-arn', 'queue/webhook/arn'];
const reader = (file: string, ...sources: readonly string[]) =>
  parseTemplate(
    file,
    `
Parameters:
  TableStreamArn: { Type: AWS::SSM::Parameter::Value<String> }
  QueueWebhookArn: { Type: AWS::SSM::Parameter::Value<String> }
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events:
${sources.map((source, n) => `        Source${n}: ${source}`).join('\n')}
`,
  );
const STREAM = '{ Type: DynamoDB, Properties: { Stream: !Ref TableStreamArn } }';
const QUEUE = '{ Type: SQS, Properties: { Queue: !Ref QueueWebhookArn } }';

describe('the readers of a stream', () => {
  test('may be two, in one service or in two', () => {
    expect(checkStreamReaders([reader('one', STREAM), reader('two', STREAM)], KEYS)).toEqual([]);
    expect(checkStreamReaders([reader('one', STREAM, STREAM)], KEYS)).toEqual([]);
  });

  test('may not be three', () => {
    const found = checkStreamReaders([reader('one', STREAM), reader('two', STREAM), reader('three', STREAM)], KEYS);
    expect(found).toEqual([{ file: 'three', reason: expect.stringContaining('reader 3 of table/stream-arn') }]);
  });

  test('are not those of a queue', () => {
    expect(checkStreamReaders([reader('one', QUEUE, QUEUE, QUEUE, STREAM)], KEYS)).toEqual([]);
  });
});
