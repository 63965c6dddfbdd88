import { refOf, sameExpression, type Template } from './cloudformation.ts';
import type { Finding } from './finding.ts';
import { keyOf } from './imports.ts';
import { at, type Json, type JsonObject, objectOf } from './json.ts';
import { aliasOwner, functionsOf, type LambdaFunction, resourcesOf } from './lambda-functions.ts';

type SourceKind = 'SQS' | 'DynamoDB' | 'Kinesis';
type DestinationKind = 'SQS' | 'SNS' | 'S3';

/** What feeds a function: an event of the function, or a mapping of its own. */
export type EventSource = {
  readonly owner: LambdaFunction;
  readonly name: string;
  readonly kind: SourceKind;
  readonly source: Json;
  readonly properties: JsonObject;
};

/** What the role of a function needs on AWS to be fed. Source: Lambda Developer Guide, "Execution role permissions". */
const NEEDED: Record<SourceKind, readonly string[]> = {
  SQS: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  DynamoDB: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream', 'dynamodb:ListStreams'],
  Kinesis: [
    'kinesis:GetRecords',
    'kinesis:GetShardIterator',
    'kinesis:DescribeStream',
    'kinesis:DescribeStreamSummary',
    'kinesis:ListShards',
  ],
};

/** The property of an event source that names what it reads; a mapping calls it EventSourceArn. */
const SOURCE_PROPERTY: Record<SourceKind, string> = { SQS: 'Queue', DynamoDB: 'Stream', Kinesis: 'Stream' };

/** Holds each function's role against what feeds it, because the emulator polls without asking the role. */
export const checkEventSources = (template: Template, keys: readonly string[]): Finding[] => {
  const { file } = template;
  const functions = functionsOf(template);
  const sources = eventSourcesOf(template, keys);
  return [
    ...unreadableMappings(template, sources),
    ...sources.flatMap((source) => [
      ...NEEDED[source.kind].flatMap((action) => missing(source.owner, action, source.source)),
      ...(source.kind === 'SQS' ? checkQueueSource(source) : checkStreamSource(source)),
      ...checkDestination(source.owner, source.name, source.properties, keys),
    ]),
    ...functions.flatMap((owner) =>
      checkDestination(owner, 'its asynchronous invocations', objectOf(owner.properties.EventInvokeConfig), keys),
    ),
    ...resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').flatMap(({ id, properties }) => {
      const name = refOf(properties.FunctionName) ?? aliasOwner(properties.FunctionName);
      const owner = functions.find((one) => one.id === name);
      if (owner === undefined)
        return [{ file, reason: `${id} configures a function that this template does not have` }];
      return checkDestination(owner, id, properties, keys);
    }),
  ];
};

/** Every event source of a template whose kind is one that polls. */
export const eventSourcesOf = (template: Template, keys: readonly string[]): readonly EventSource[] => {
  const functions = functionsOf(template);
  const inline = functions.flatMap((owner) =>
    Object.entries(objectOf(owner.properties.Events)).flatMap(([name, event]) => {
      const kind = String(at(event, 'Type')) as SourceKind;
      if (!(kind in NEEDED)) return [];
      const properties = objectOf(at(event, 'Properties'));
      return [{ owner, name, kind, source: properties[SOURCE_PROPERTY[kind]] ?? null, properties }];
    }),
  );
  const mappings = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(({ id, properties }) => {
    const owner = functions.find((one) => one.id === aliasOwner(properties.FunctionName));
    const kind = sourceKind(properties.EventSourceArn, keys);
    if (owner === undefined || kind === undefined) return [];
    return [{ owner, name: id, kind, source: properties.EventSourceArn ?? null, properties }];
  });
  return [...inline, ...mappings];
};

const unreadableMappings = (template: Template, sources: readonly EventSource[]): Finding[] =>
  resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
    .filter(({ id }) => !sources.some(({ name }) => name === id))
    .map(({ id }) => ({
      file: template.file,
      reason: `${id} must feed the alias of a function of this template from a queue or stream of the contract`,
    }));

const sourceKind = (source: Json | undefined, keys: readonly string[]): SourceKind | undefined => {
  const key = keyOf(refOf(source), keys);
  if (key?.startsWith('queue/')) return 'SQS';
  if (key?.startsWith('table/')) return 'DynamoDB';
  return key?.startsWith('stream/') ? 'Kinesis' : undefined;
};

const checkQueueSource = ({ owner: { file, id }, name, properties }: EventSource): Finding[] => {
  const responses = properties.FunctionResponseTypes;
  return [
    ...(at(properties, 'ScalingConfig', 'MaximumConcurrency') !== undefined
      ? []
      : [{ file, reason: `${id}: ${name} has no ScalingConfig.MaximumConcurrency` }]),
    ...(Array.isArray(responses) && responses.includes('ReportBatchItemFailures')
      ? []
      : [{ file, reason: `${id}: ${name} does not report ReportBatchItemFailures: one bad message would repeat all` }]),
  ];
};

/** Of the 24 hours that a record of a stream lives, four are left to react to what the failure destination got. */
const LONGEST_TRIED_SECONDS = 20 * 60 * 60;

/**
 * No record of a stream is passed over: a batch is tried for as long as its records live, in halves, and then kept. A batch
 * that names its bad records would be an invitation to pass them over: decision 0064, docs/emulator.md.
 */
const checkStreamSource = ({ owner: { file, id }, name, properties }: EventSource): Finding[] => {
  const age = properties.MaximumRecordAgeInSeconds;
  const rules: readonly (readonly [boolean, string])[] = [
    [properties.BisectBatchOnFunctionError === true, 'does not bisect: one bad record would hold up its batch'],
    [properties.MaximumRetryAttempts === -1, 'counts retries: an outage would use them up in minutes'],
    [
      typeof age === 'number' && age > 0 && age <= LONGEST_TRIED_SECONDS,
      'has no MaximumRecordAgeInSeconds of 20 h at most',
    ],
    [properties.ParallelizationFactor !== undefined, 'does not say its ParallelizationFactor'],
    [
      properties.FunctionResponseTypes === undefined,
      'reports single failures: the function puts bad records aside itself',
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, reason]) => ({ file, reason: `${id}: ${name} ${reason}` }));
};

const checkDestination = (
  owner: LambdaFunction,
  name: string,
  properties: JsonObject,
  keys: readonly string[],
): Finding[] => {
  const onFailure = objectOf(at(properties, 'DestinationConfig', 'OnFailure'));
  const destination = onFailure.Destination;
  if (destination === undefined) return [];
  const kinds = destinationKinds(onFailure, keys);
  if (kinds.length === 0) {
    return [{ file: owner.file, reason: `${owner.id}: ${name} fails to a destination that is not of the contract` }];
  }
  return kinds.flatMap((kind) => {
    if (kind === 'SQS') return missing(owner, 'sqs:SendMessage', destination);
    if (kind === 'SNS') return missing(owner, 'sns:Publish', destination);
    const objects = { 'Fn::Sub': `\${${refOf(destination)}}/*` };
    return [...missing(owner, 's3:PutObject', objects), ...missing(owner, 's3:ListBucket', destination)];
  });
};

/** What a destination can be. One of the contract's `destination/` is a bucket, and a queue on the local stage. */
const destinationKinds = (onFailure: JsonObject, keys: readonly string[]): readonly DestinationKind[] => {
  const key = keyOf(refOf(onFailure.Destination), keys);
  if (key?.startsWith('destination/')) return ['SQS', 'S3'];
  if (key?.startsWith('queue/') || onFailure.Type === 'SQS') return ['SQS'];
  if (key?.startsWith('topic/') || onFailure.Type === 'SNS') return ['SNS'];
  return key?.startsWith('bucket/') || onFailure.Type === 'S3' ? ['S3'] : [];
};

const missing = (owner: LambdaFunction, action: string, resource: Json): Finding[] => {
  const held = owner.statements.some(
    ({ effect, actions, resources }) =>
      effect === 'Allow' &&
      actions.includes(action) &&
      resources.some((allowed) => allowed === '*' || sameExpression(allowed, resource)),
  );
  if (held) return [];
  return [
    { file: owner.file, reason: `${owner.id} may not ${action} on ${JSON.stringify(resource)}, which AWS asks for` },
  ];
};
