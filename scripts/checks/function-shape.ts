import { refOf, type Template } from './cloudformation.ts';
import type { Finding } from './finding.ts';
import { at, type Json, listOf } from './json.ts';
import { FUNCTION_TYPE, functionsOf, type LambdaFunction, referencesIn, resourcesOf } from './lambda-functions.ts';

const RUNTIME = 'nodejs24.x';
const RETENTION = 'SettingLogRetentionDays';

/** What every function of the system has, whatever it does. */
export const checkFunctionShape = (template: Template): Finding[] => [
  ...functionsOf(template).flatMap((one) => [
    ...unless(one, one.name !== undefined, 'is not named fanfare-<stage>-<name>'),
    ...unless(one, one.properties.AutoPublishAlias === 'live', 'does not publish the alias live'),
    ...unless(one, one.properties.Runtime === RUNTIME, `does not run on ${RUNTIME}`),
    ...unless(one, one.timeoutSeconds !== undefined, 'has no Timeout of its own'),
    ...unless(one, isArchitecture(one, template), 'takes its architecture from no parameter whose default is arm64'),
    ...checkLogs(one, template),
  ]),
  ...checkReferences(template),
];

const unless = ({ file, id }: LambdaFunction, holds: boolean, reason: string): Finding[] =>
  holds ? [] : [{ file, reason: `${id} ${reason}` }];

const isArchitecture = ({ properties }: LambdaFunction, template: Template): boolean => {
  const [architecture, ...others] = listOf(properties.Architectures);
  return others.length === 0 && template.parameters[refOf(architecture) ?? '']?.default === 'arm64';
};

const checkLogs = (one: LambdaFunction, template: Template): Finding[] => {
  const logging = one.properties.LoggingConfig;
  const id = refOf(at(logging, 'LogGroup'));
  const group = resourcesOf(template, 'AWS::Logs::LogGroup').find((resource) => resource.id === id);
  const users = functionsOf(template).filter(
    ({ properties }) => refOf(at(properties.LoggingConfig, 'LogGroup')) === id,
  );
  return [
    ...unless(one, at(logging, 'LogFormat') === 'JSON', 'does not log JSON'),
    ...unless(one, group !== undefined && users.length === 1, 'has no log group of its own'),
    ...unless(
      one,
      group === undefined ||
        at(group.properties.LogGroupName, 'Fn::Sub') === `/aws/lambda/fanfare-\${Stage}-${one.name}`,
      'logs to a group that is not named after it',
    ),
    ...unless(
      one,
      group === undefined || refOf(group.properties.RetentionInDays) === RETENTION,
      `keeps its logs for another time than ${RETENTION} says`,
    ),
  ];
};

/** Whoever calls a function calls its alias: a version that was tried, and that can be rolled back. */
const checkReferences = (template: Template): Finding[] => {
  const functions = new Set(resourcesOf(template, FUNCTION_TYPE).map(({ id }) => id));
  return template.resources
    .filter(({ properties }) => !isQualified(properties.Qualifier))
    .flatMap(({ id, properties }) =>
      referencesIn(properties)
        .filter((reference) => functions.has(reference.replace(/\.Arn$/, '')))
        .map((reference) => ({
          file: template.file,
          reason: `${id} refers to the newest code of ${reference}: refer to ${reference.replace(/\.Arn$/, '')}.Alias`,
        })),
    );
};

const isQualified = (qualifier: Json | undefined): boolean => qualifier === 'live';
