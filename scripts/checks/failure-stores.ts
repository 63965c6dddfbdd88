import { refOf, type Template } from './cloudformation.ts';
import { type EventSource, eventSourcesOf } from './event-sources.ts';
import type { Finding, Report } from './finding.ts';
import { keyOf } from './imports.ts';
import { at, type Json, listOf, objectOf } from './json.ts';
import { aliasOwner, functionsOf, type LambdaFunction, resourcesOf } from './lambda-functions.ts';
import type { TerraformFacts } from './terraform-facts.ts';

/** Who calls a function and does not wait: Lambda queues the event, and drops it after its retries. */
const ASYNCHRONOUS = /^(events|s3|sns|scheduler)\.amazonaws\.com$/;
const ASYNCHRONOUS_EVENTS = ['EventBridgeRule', 'CloudWatchEvent', 'S3', 'SNS', 'Schedule', 'ScheduleV2'];

/** Every consumer has a place for what it cannot do: a dead-letter queue, or a store of whole records. */
export const checkFailureStores = (facts: TerraformFacts, templates: readonly Template[]): Report => {
  const keys = Object.keys(facts.exports);
  const sources = templates.flatMap((template) => eventSourcesOf(template, keys));
  const called = templates.flatMap((template) =>
    functionsOf(template)
      .filter((one) => isCalledAsynchronously(one, template))
      .map((owner) => ({ owner, template })),
  );
  return {
    findings: [
      ...sources.flatMap((source) => checkSource(source, facts, keys)),
      ...called.flatMap(({ owner, template }) => checkInvocations(owner, template)),
    ],
    notes: [
      `${sources.length} event sources and ${called.length} functions called asynchronously keep what they fail at`,
    ],
  };
};

const checkSource = (source: EventSource, facts: TerraformFacts, keys: readonly string[]): Finding[] => {
  const { owner, name, kind, properties } = source;
  const finding = (reason: string): Finding[] => [{ file: owner.file, reason: `${owner.id}: ${name} ${reason}` }];
  if (kind === 'SQS') {
    const arn = facts.exports[keyOf(refOf(source.source), keys) ?? ''];
    const queue = facts.queues.find((one) => one.arn === arn);
    const stores = facts.queues.map((one) => one.arn);
    if (queue?.deadLetterArn !== undefined && stores.includes(queue.deadLetterArn)) return [];
    return finding('reads a queue without a dead-letter queue: make it by modules/queue');
  }
  const destination = refOf(at(properties, 'DestinationConfig', 'OnFailure', 'Destination'));
  const key = keyOf(destination, keys);
  if (key?.startsWith('destination/') || key?.startsWith('bucket/')) return [];
  return finding('has no on-failure destination that keeps whole records: a queue would get their position alone');
};

const isCalledAsynchronously = ({ id, properties }: LambdaFunction, template: Template): boolean =>
  Object.values(objectOf(properties.Events)).some((event) => ASYNCHRONOUS_EVENTS.includes(String(at(event, 'Type')))) ||
  resourcesOf(template, 'AWS::Lambda::Permission').some(
    (permission) =>
      aliasOwner(permission.properties.FunctionName) === id &&
      ASYNCHRONOUS.test(String(permission.properties.Principal)),
  );

/** A tick of a clock carries nothing that could be lost, so it may be dropped, and then must not be repeated either. */
const checkInvocations = ({ id, file, properties }: LambdaFunction, template: Template): Finding[] => {
  const configs = [
    objectOf(properties.EventInvokeConfig),
    ...resourcesOf(template, 'AWS::Lambda::EventInvokeConfig')
      .filter((config) => refOf(config.properties.FunctionName) === id)
      .map((config) => config.properties),
  ];
  if (configs.some((config) => at(config, 'DestinationConfig', 'OnFailure', 'Destination') !== undefined)) return [];
  const ticksAlone = targetsOf(id, template).every((rule) => rule.ScheduleExpression !== undefined);
  if (ticksAlone && configs.some((config) => config.MaximumRetryAttempts === 0)) return [];
  return [
    {
      file,
      reason: ticksAlone
        ? `${id} is called by a clock: say MaximumRetryAttempts 0, as the next tick does the work of one that failed`
        : `${id} is called asynchronously and has no on-failure destination: what it fails at would be dropped`,
    },
  ];
};

/** What the rules of a template that call a function are made of; events of the function itself count as rules. */
const targetsOf = (id: string, template: Template): readonly Record<string, Json | undefined>[] => [
  ...resourcesOf(template, 'AWS::Events::Rule')
    .filter(({ properties }) => listOf(properties.Targets).some((target) => aliasOwner(at(target, 'Arn')) === id))
    .map(({ properties }) => properties),
  ...functionsOf(template)
    .filter((one) => one.id === id)
    .flatMap(({ properties }) => Object.values(objectOf(properties.Events)))
    .filter((event) => ASYNCHRONOUS_EVENTS.includes(String(at(event, 'Type'))))
    .map((event) => ({
      ScheduleExpression: at(event, 'Properties', 'Schedule') ?? at(event, 'Properties', 'ScheduleExpression'),
    })),
  // A permission for somebody whom no rule of this template names: nobody knows what it sends.
  ...(resourcesOf(template, 'AWS::Lambda::Permission').some(
    ({ properties }) => aliasOwner(properties.FunctionName) === id && /^(s3|sns)\./.test(String(properties.Principal)),
  )
    ? [{}]
    : []),
];
