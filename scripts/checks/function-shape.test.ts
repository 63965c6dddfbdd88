import { checkFunctionShape } from './function-shape.ts';
import { soundTemplate, soundTemplateAnd } from './sound-template.fake.ts';

const reasons = (...broken: Parameters<typeof soundTemplate>): readonly string[] =>
  checkFunctionShape(soundTemplate(...broken)).map(({ reason }) => reason);

describe('the shape of a function', () => {
  test('a function that has everything passes', () => {
    expect(reasons()).toEqual([]);
  });

  test.each([
    [
      'a function without the alias is found',
      'AutoPublishAlias: live',
      'MemorySize: 256',
      'does not publish the alias live',
    ],
    ['another runtime is found', 'nodejs24.x', 'nodejs22.x', 'does not run on nodejs24.x'],
    ['an architecture that no parameter sets is found', '[!Ref Architecture]', '[arm64]', 'architecture'],
    ['another default architecture is found', 'Default: arm64', 'Default: x86_64', 'architecture'],
    ['logs that are not JSON are found', 'LogFormat: JSON', 'LogFormat: Text', 'does not log JSON'],
    [
      'a log group that Lambda makes is found',
      'LogGroup: !Ref WorkLogs',
      'SystemLogLevel: WARN',
      'no log group of its own',
    ],
    ['a retention of its own is found', '!Ref SettingLogRetentionDays', '7', 'SettingLogRetentionDays'],
    ['a log group of another name is found', '/aws/lambda/fanfare-', '/elsewhere/fanfare-', 'not named after it'],
    ['a function without a timeout is found', 'Timeout: 30', 'MemorySize: 256', 'has no Timeout'],
    [
      'an integration with the newest code is found',
      'IntegrationUri: !Ref Work.Alias',
      'IntegrationUri: !GetAtt Work.Arn',
      'WorkIntegration refers to the newest code',
    ],
  ])('%s', (_title, piece, instead, expected) => {
    expect(reasons(piece, instead)).toEqual([expect.stringContaining(expected)]);
  });

  test('a function of another name is found', () => {
    expect(reasons('FunctionName: !Sub fanfare-', 'FunctionName: !Sub other-')).toContain(
      'Work is not named fanfare-<stage>-<name>',
    );
  });

  test('a permission on the newest code is found', () => {
    const permission = '  Open:\n    Type: AWS::Lambda::Permission\n    Properties: { FunctionName: !Ref Work }\n';
    expect(checkFunctionShape(soundTemplateAnd(permission))).toEqual([
      { file: 'services/sound/template.yaml', reason: 'Open refers to the newest code of Work: refer to Work.Alias' },
    ]);
  });
});
