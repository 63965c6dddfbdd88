import { accessLogBytes, SAMPLE_RATE } from './dollars.ts';
import prices from './prices.json' with { type: 'json' };
import { table } from './report.ts';
import type { WayIn } from './ways-in.ts';

const { usd } = prices;
const MILLION = 1_000_000;
const GIGABYTE = 1024 ** 3;

/** What a way costs before its function is called, and what its function takes: both are not to be seen on an emulator. */
type Assumed = {
  readonly title: string;
  readonly wayDollars: number;
  readonly how: string;
  readonly gigabyteSeconds: number;
  readonly fullAbove: string;
};

const LINES_OF_A_STRETCH = 600 * 500;
const SQS_READ = (2 / 10) * usd.sqsRequest64Kb;

const ASSUMED: Record<WayIn['name'], Assumed> = {
  single: {
    title: 'POST message, with a key',
    wayDollars: usd.httpApiRequest,
    how: 'one request',
    gigabyteSeconds: 0.25 * 0.015,
    fullAbove: 'any rate',
  },
  batch: {
    title: 'POST batch of 500',
    wayDollars: 2 * (usd.httpApiRequest / 500),
    how: '1/500 of two requests: API Gateway counts each 512 KB',
    gigabyteSeconds: (1 * 1) / 500,
    fullAbove: 'any rate: its sender fills it',
  },
  queue: {
    title: 'SQS, batches of 100',
    wayDollars: usd.sqsRequest64Kb / 10 + SQS_READ,
    how: 'sent, received and deleted by ten',
    gigabyteSeconds: (0.5 * 0.3) / 100,
    fullAbove: '100 a second',
  },
  events: {
    title: 'EventBridge, batches of 100',
    wayDollars: usd.sqsRequest64Kb + SQS_READ,
    how: 'written one by one, received and deleted by ten; events of AWS are free, own ones 1.00 more',
    gigabyteSeconds: (0.5 * 0.3) / 100,
    fullAbove: '100 a second',
  },
  stream: {
    title: 'Kinesis, batches of 500',
    wayDollars: usd.kinesisPutUnit25Kb + usd.kinesisShardHour / 3600 / 500,
    how: 'one unit of 25 KB; shards half full, 500 records a second each',
    gigabyteSeconds: (0.5 * 1) / 500,
    fullAbove: '500 a second and shard',
  },
  file: {
    title: 'a file in S3, 500 lines a second',
    wayDollars: (usd.s3Put + 8 * usd.stateTransition) / LINES_OF_A_STRETCH,
    how: 'a PUT for the file, four transitions for each stretch of ten minutes; the Lambda waits for its rate',
    gigabyteSeconds: 1 / 500,
    fullAbove: 'any size: read by 500 lines',
  },
};

const BUDGETS: Partial<Record<WayIn['name'], number>> = {
  single: 4.5,
  batch: 2.75,
  queue: 2.75,
  events: 2.75,
  stream: 2.75,
  file: 2.75,
};

/** Dollars of taking one event in. */
const dollarsOf = ({ name, events, log }: WayIn): number => {
  const { wayDollars, gigabyteSeconds } = ASSUMED[name];
  const logBytes =
    (log.metricBytes + log.alwaysBytes + log.sampledBytes * SAMPLE_RATE) / events + callLogBytes(name, events, log);
  return (
    wayDollars +
    (log.invocations / events) * usd.lambdaRequest +
    gigabyteSeconds * usd.lambdaGbSecondArm64 +
    (log.writeUnits / events) * usd.dynamodbWriteUnit +
    (log.readUnits / events) * usd.dynamodbReadUnit +
    (logBytes / GIGABYTE) * usd.logGigabyte
  );
};

/** The API's access log, which the emulator does not write: a line a call. */
const callLogBytes = (name: WayIn['name'], events: number, log: FunctionInvocations): number =>
  name === 'single' || name === 'batch' ? (accessLogBytes() * log.invocations) / events : 0;

type FunctionInvocations = { readonly invocations: number };

/**
 * Each way in beside the others. `total`, if it is known, is what a million events with their delivery to one endpoint cost in
 * dollars, POST message with a key as their way in: what lies behind accepting is the same for all.
 */
export const waysInReport = (ways: readonly WayIn[], total?: number): string => {
  const single = ways.find(({ name }) => name === 'single');
  const behind = (total ?? Number.NaN) - (single === undefined ? 0 : dollarsOf(single) * MILLION);
  return table(
    [
      'way in',
      'table requests per event (measured)',
      'write units (measured)',
      'read units (measured)',
      'invocations',
      'dollars per million to take in',
      'with delivery',
      'budget',
      'batches are full above',
      'of the way itself',
    ],
    ways.map((way) => {
      const { title, how, fullAbove } = ASSUMED[way.name];
      const perEvent = (amount: number): string => (amount / way.events).toFixed(3);
      const dollars = dollarsOf(way) * MILLION;
      const budget = BUDGETS[way.name] ?? 0;
      return [
        title,
        perEvent(way.calls),
        perEvent(way.log.writeUnits),
        perEvent(way.log.readUnits),
        perEvent(way.log.invocations),
        dollars.toFixed(2),
        ...(total === undefined
          ? ['not asked for: add the part stream', '']
          : [(dollars + behind).toFixed(2), dollars + behind <= budget ? `within ${budget}` : `over ${budget}`]),
        fullAbove,
        how,
      ];
    }),
  );
};
