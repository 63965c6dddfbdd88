import { at, type Json, type JsonObject, listOf, objectOf } from './json.ts';

export type Metric = { readonly namespace: string; readonly name: string };

export type Alarm = {
  readonly address: string;
  readonly name: string;
  readonly description: string;
  readonly metrics: readonly Metric[];
};

/** What Terraform would make, as far as the checks ask: values after every expression, loop and module. */
export type TerraformFacts = {
  /** Contract key to value. */
  readonly exports: Readonly<Record<string, string>>;
  readonly queues: readonly {
    readonly address: string;
    readonly name: string;
    readonly arn: string;
    /** SQS's own default when Terraform sets none. */
    readonly visibilityTimeoutSeconds: number;
    /** ARN of the queue that takes over what cannot be handled. */
    readonly deadLetterArn?: string;
  }[];
  readonly alarms: readonly Alarm[];
  readonly dashboards: readonly { readonly address: string; readonly metrics: readonly Metric[] }[];
};

const DEFAULT_VISIBILITY_SECONDS = 30;

/** Reads the facts out of a state as `terraform test -verbose -json` prints it. */
export const factsOf = (state: Json): TerraformFacts => {
  const resources = resourcesIn(objectOf(at(state, 'root_module')));
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    exports: Object.fromEntries(
      ofType('aws_ssm_parameter')
        .filter(({ address }) => String(address).startsWith('aws_ssm_parameter.export['))
        .map(({ index, values }) => [String(index), String(at(values, 'value'))]),
    ),
    queues: ofType('aws_sqs_queue').map(({ address, values }) => ({
      address: String(address),
      name: String(at(values, 'name')),
      arn: String(at(values, 'arn')),
      visibilityTimeoutSeconds: Number(at(values, 'visibility_timeout_seconds') ?? DEFAULT_VISIBILITY_SECONDS),
      ...deadLetterArnIn(at(values, 'redrive_policy')),
    })),
    alarms: [...ofType('aws_cloudwatch_metric_alarm'), ...ofType('aws_cloudwatch_composite_alarm')].map(alarmOf),
    dashboards: ofType('aws_cloudwatch_dashboard').map(({ address, values }) => ({
      address: String(address),
      metrics: metricsInDashboard(JSON.parse(String(at(values, 'dashboard_body'))) as Json),
    })),
  };
};

const resourcesIn = (module: JsonObject): JsonObject[] => [
  ...listOf(module.resources).map(objectOf),
  ...listOf(module.child_modules).flatMap((child) => resourcesIn(objectOf(child))),
];

/** A queue without a policy has a mocked one, which is no JSON. */
const deadLetterArnIn = (policy: Json | undefined): { readonly deadLetterArn?: string } => {
  if (typeof policy !== 'string' || !policy.startsWith('{')) return {};
  const arn = at(JSON.parse(policy) as Json, 'deadLetterTargetArn');
  return typeof arn === 'string' ? { deadLetterArn: arn } : {};
};

const alarmOf = ({ address, values }: JsonObject): Alarm => ({
  address: String(address),
  name: String(at(values, 'alarm_name')),
  description: String(at(values, 'alarm_description') ?? ''),
  metrics: [values, ...listOf(at(values, 'metric_query')).flatMap((query) => listOf(at(query, 'metric')))].flatMap(
    (metric) => metricOf(at(metric, 'namespace'), at(metric, 'metric_name')),
  ),
});

/** Metrics stand in lists (namespace, name, dimensions, ...), or in the text of a search. */
const metricsInDashboard = (body: Json): Metric[] =>
  listOf(at(body, 'widgets'))
    .flatMap((widget) => listOf(at(widget, 'properties', 'metrics')))
    .flatMap((row) => {
      const [namespace, name] = listOf(row);
      const expression = listOf(row)
        .map((cell) => at(cell, 'expression'))
        .find((cell) => typeof cell === 'string');
      if (typeof expression !== 'string') return metricOf(namespace, name);
      return metricOf(/\{([\w/]+),/.exec(expression)?.[1], /MetricName="?(\w+)"?/.exec(expression)?.[1]);
    });

const metricOf = (namespace: Json | undefined, name: Json | undefined): Metric[] =>
  typeof namespace === 'string' && typeof name === 'string' ? [{ namespace, name }] : [];
