import { checkPermissions } from './permissions.ts';
import { soundTemplate, soundTemplateAnd } from './sound-template.fake.ts';

const reasons = (...broken: Parameters<typeof soundTemplate>): readonly string[] =>
  checkPermissions(soundTemplate(...broken)).map(({ reason }) => reason);

describe('permissions', () => {
  test('a template that lists what its function may do passes', () => {
    expect(reasons()).toEqual([]);
  });

  test.each([
    [
      'Policies on a function are found',
      '      Timeout: 30',
      '      Policies: [AmazonSQSFullAccess]',
      'Work has Policies',
    ],
    [
      'a role of somewhere else is found',
      '!GetAtt WorkRole.Arn',
      'arn:aws:iam::1:role/x',
      'Work has no role of its own',
    ],
    [
      'every resource without a reason is found',
      'Trace # X-Ray has no resources to name',
      'Trace',
      'Trace allows every resource',
    ],
    [
      'a statement without a Sid is found',
      'Sid: KeepWhatFailedAsObject\n                Effect',
      'Effect',
      'without a Sid',
    ],
    [
      'managed policies of a role are found',
      '    Properties:\n      Policies:',
      '    Properties:\n      ManagedPolicyArns: [x]\n      Policies:',
      'managed policies',
    ],
  ])('%s', (_title, piece, instead, expected) => {
    expect(reasons(piece, instead)).toEqual([expect.stringContaining(expected)]);
  });

  test('an action with a wildcard and no reason beside it is found', () => {
    expect(reasons('Action: s3:PutObject', 'Action: s3:*')).toEqual([expect.stringContaining('allows s3:*')]);
  });

  test('two functions with one role are found', () => {
    const second = '  Second:\n    Type: AWS::Serverless::Function\n    Properties: { Role: !GetAtt WorkRole.Arn }\n';
    expect(checkPermissions(soundTemplateAnd(second))).toEqual([
      { file: 'services/sound/template.yaml', reason: 'Second shares WorkRole with another function' },
    ]);
  });
});
