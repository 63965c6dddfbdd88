import { soundTemplateAnd } from './sound-template.fake.ts';
import { checkStateMachines } from './state-machines.ts';

const MACHINE = `
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt FlowRole.Arn
      LoggingConfiguration:
        Level: ERROR
        IncludeExecutionData: false
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: !GetAtt FlowLogs.Arn } }]
      TracingConfiguration: { Enabled: true }
      DefinitionSubstitutions: { Work: !Ref Work.Alias }
      Definition:
        StartAt: Both
        TimeoutSeconds: 60
        States:
          Both:
            Type: Parallel
            Branches: [{ StartAt: Do, States: { Do: { Type: Task, Retry: [], Catch: [], End: true } } }]
            End: true
  FlowLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/vendedlogs/states/fanfare-\${Stage}-flow
      RetentionInDays: !Ref SettingLogRetentionDays
  FlowRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: flow
          PolicyDocument:
            Statement:
              - Sid: Do
                Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !Ref Work.Alias
`;

const reasons = (piece = '', instead = ''): readonly string[] => {
  if (!MACHINE.includes(piece)) throw new Error(`not in the template: ${piece}`);
  return checkStateMachines(soundTemplateAnd(MACHINE.replace(piece, () => instead))).map(({ reason }) => reason);
};

describe('state machines', () => {
  test('one that is allowed what it calls, logs and ends passes', () => {
    expect(reasons()).toEqual([]);
  });

  test.each([
    [
      'a role of somewhere else',
      'RoleArn: !GetAtt FlowRole.Arn',
      'RoleArn: arn:aws:iam::1:role/x',
      'no role of its own',
    ],
    ['the role of a function', '!GetAtt FlowRole.Arn', '!GetAtt WorkRole.Arn', 'shares WorkRole with Work'],
    ['a function that it may not call', 'Resource: !Ref Work.Alias', 'Resource: !Ref Other.Alias', 'may not lambda:'],
    ['no logs', 'Level: ERROR', 'Level: OFF', 'does not log what fails'],
    ['data in the logs', 'IncludeExecutionData: false', 'IncludeExecutionData: true', 'logs the data'],
    ['a log group of another name', '/aws/vendedlogs/states/', '/logs/', 'not under /aws/vendedlogs'],
    ['logs that are kept for ever', 'RetentionInDays: !Ref SettingLogRetentionDays', 'X: 1', 'keeps its logs'],
    ['no word on tracing', 'TracingConfiguration: { Enabled: true }', 'X: 1', 'says nothing of tracing'],
    ['no end', 'TimeoutSeconds: 60', 'X: 1', 'no TimeoutSeconds'],
    ['a task without a retry, however deep', 'Retry: [], ', '', 'the task Do has no Retry'],
    ['a task whose failure nobody catches', 'Catch: [], ', '', 'the task Do has no Catch'],
    ['a definition of another file', 'Definition:\n', 'Other:\n', 'no Definition that can be read'],
  ])('%s is found', (_title, piece, instead, expected) => {
    expect(reasons(piece, instead)).toContainEqual(expect.stringContaining(expected));
  });

  test('a state that does not wait for a function of which a few run at once is found, and one that does passes', () => {
    const resource = 'Resource: arn:aws:states:::lambda:invoke';
    const reserved = MACHINE.replace(
      'Retry: [],',
      `${resource}, Retry: [{ ErrorEquals: [Lambda.TooManyRequestsException] }],`,
    );
    const found = (machine: string): readonly string[] => {
      const template = soundTemplateAnd(machine);
      const resources = template.resources.map((one) =>
        one.id === 'Work' ? { ...one, properties: { ...one.properties, ReservedConcurrentExecutions: 5 } } : one,
      );
      return checkStateMachines({ ...template, resources }).map(({ reason }) => reason);
    };
    expect(found(reserved)).toEqual([]);
    expect(found(reserved.replace('Lambda.TooManyRequestsException', 'States.ALL'))).toEqual([
      'Flow: Do does not wait for its turn: Work has a concurrency of its own',
    ]);
  });
});
