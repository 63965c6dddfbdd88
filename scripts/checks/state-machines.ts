import { type Resource, refOf, sameExpression, type Template } from './cloudformation.ts';
import type { Finding } from './finding.ts';
import { at, type Json, objectOf } from './json.ts';
import { attributeOwner, functionsOf, referencesIn, resourcesOf } from './lambda-functions.ts';

const TYPES = ['AWS::StepFunctions::StateMachine', 'AWS::Serverless::StateMachine'];
const TOO_MANY = 'Lambda.TooManyRequestsException';
const RETENTION = 'SettingLogRetentionDays';
/** With this beginning, the resource policy of all such log groups together stays below its limit. */
const GROUP = /^\/aws\/vendedlogs\/states\/fanfare-\$\{Stage\}-[a-z0-9-]+$/;

/** The state machines of a template. */
export const stateMachinesOf = (template: Template): readonly Resource[] =>
  template.resources.filter(({ type }) => TYPES.includes(type));

/**
 * What every state machine has, whatever it does: a role of its own that names what it calls, logs without the data that
 * passes through, an end in time, and an answer to each task that fails, or has to wait for a function of which a few run at once.
 * The emulator asks no state machine's role, and refuses no call.
 */
export const checkStateMachines = (template: Template): Finding[] =>
  stateMachinesOf(template).flatMap((machine) => [
    ...checkRole(machine, template),
    ...checkLogs(machine, template),
    ...checkDefinition(machine, template.file),
    ...checkTurns(machine, template),
  ]);

const property = ({ properties }: Resource, ...names: readonly string[]): Json | undefined =>
  names.map((name) => properties[name]).find((value) => value !== undefined);

const checkRole = (machine: Resource, template: Template): Finding[] => {
  const { file } = template;
  const role = attributeOwner(property(machine, 'RoleArn', 'Role'));
  const statements = resourcesOf(template, 'AWS::IAM::Role').find(({ id }) => id === role)?.statements;
  if (role === undefined || statements === undefined || machine.properties.Policies !== undefined) {
    return [{ file, reason: `${machine.id} has no role of its own in this template` }];
  }
  const sharers = [
    ...functionsOf(template).filter((one) => one.role === role),
    ...stateMachinesOf(template).filter(
      (one) => one.id !== machine.id && attributeOwner(property(one, 'RoleArn', 'Role')) === role,
    ),
  ];
  const mayInvoke = (alias: string): boolean =>
    statements.some(
      ({ effect, actions, resources }) =>
        effect === 'Allow' &&
        actions.includes('lambda:InvokeFunction') &&
        resources.some((resource) => sameExpression(resource, { Ref: alias })),
    );
  const called = new Set(referencesIn(machine.properties).filter((reference) => reference.endsWith('.Alias')));
  return [
    ...sharers.map(({ id }) => ({ file, reason: `${machine.id} shares ${role} with ${id}` })),
    ...[...called]
      .filter((alias) => !mayInvoke(alias))
      .map((alias) => ({ file, reason: `${machine.id} may not lambda:InvokeFunction on ${alias}, which it calls` })),
  ];
};

const checkLogs = (machine: Resource, template: Template): Finding[] => {
  const { file } = template;
  const logging = property(machine, 'LoggingConfiguration', 'Logging');
  const [destination] = [at(logging, 'Destinations')].flat();
  const owner = attributeOwner(at(destination, 'CloudWatchLogsLogGroup', 'LogGroupArn'));
  const group = resourcesOf(template, 'AWS::Logs::LogGroup').find(({ id }) => id === owner);
  const finding = (reason: string): Finding => ({ file, reason: `${machine.id} ${reason}` });
  return [
    ...(group === undefined || [undefined, 'OFF'].includes(at(logging, 'Level') as string | undefined)
      ? [finding('does not log what fails to a log group of this template')]
      : []),
    ...(at(logging, 'IncludeExecutionData') === false ? [] : [finding('logs the data that passes through it')]),
    ...(group !== undefined && !GROUP.test(String(at(group.properties.LogGroupName, 'Fn::Sub')))
      ? [finding('logs to a group that is not under /aws/vendedlogs/states/')]
      : []),
    ...(group !== undefined && refOf(group.properties.RetentionInDays) !== RETENTION
      ? [finding(`keeps its logs for another time than ${RETENTION} says`)]
      : []),
    ...(property(machine, 'TracingConfiguration', 'Tracing') === undefined ? [finding('says nothing of tracing')] : []),
  ];
};

const checkDefinition = (machine: Resource, file: string): Finding[] => {
  const definition = objectOf(machine.properties.Definition);
  const states = statesIn(definition);
  return [
    ...(states.length > 0 ? [] : [{ file, reason: `${machine.id} has no Definition that can be read here` }]),
    ...(typeof definition.TimeoutSeconds === 'number'
      ? []
      : [{ file, reason: `${machine.id} has no TimeoutSeconds: it could hang for a year` }]),
    ...states
      .filter(([, state]) => at(state, 'Type') === 'Task')
      .flatMap(([name, state]) =>
        ['Retry', 'Catch']
          .filter((answer) => at(state, answer) === undefined)
          .map((answer) => ({ file, reason: `${machine.id}: the task ${name} has no ${answer}` })),
      ),
  ];
};

/** A function with a concurrency of its own refuses calls while it is busy. That is no failure, in any state that calls it. */
const checkTurns = (machine: Resource, template: Template): Finding[] => {
  const called = new Set(referencesIn(machine.properties));
  const reserved = functionsOf(template).find(
    ({ id, properties }) => called.has(`${id}.Alias`) && properties.ReservedConcurrentExecutions !== undefined,
  );
  if (reserved === undefined) return [];
  return statesIn(objectOf(machine.properties.Definition))
    .filter(([, state]) => String(at(state, 'Resource')).endsWith(':lambda:invoke') && !waitsForItsTurn(state))
    .map(([name]) => ({
      file: template.file,
      reason: `${machine.id}: ${name} does not wait for its turn: ${reserved.id} has a concurrency of its own`,
    }));
};

const waitsForItsTurn = (state: Json): boolean =>
  [at(state, 'Retry')].flat().some((retrier) => [at(retrier, 'ErrorEquals')].flat().includes(TOO_MANY));

/** Every state, those inside of others too. */
const statesIn = (value: Json | undefined): [string, Json][] => {
  if (Array.isArray(value)) return value.flatMap((inner: Json) => statesIn(inner));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === 'States'
      ? Object.entries(objectOf(inner)).map(([id, state]): [string, Json] => [id, state ?? null])
      : []),
    ...statesIn(inner),
  ]);
};
