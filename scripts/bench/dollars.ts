import accessLog from '../../terraform/access-log.json' with { type: 'json' };
import { EVENT_OVERHEAD_BYTES } from './function-logs.ts';
import prices from './prices.json' with { type: 'json' };
import type { StreamOfEvents } from './stream-of-events.ts';

/** How a figure was come by. */
export type Basis = 'measured' | 'computed' | 'assumed';

export type CostRow = {
  readonly item: string;
  readonly perEvent: number;
  readonly basis: Basis;
  /** The formula, or the reason of the assumption. */
  readonly how: string;
  readonly dollarsPerMillion: number;
};

const { usd } = prices;
const MILLION = 1_000_000;
const GIGABYTE = 1024 ** 3;
const BATCH = 10;
const STREAM_BATCH = 100;
/** Project gathers longer. What it does is by batch, so that its figures are taken by invocation. */
const PROJECT = 'project-stream';
const PROJECT_BATCH = 1000;
export const SAMPLE_RATE = 0.01;
const COMPACTION_PASSES = 2;
const COMPACTION_SECONDS = 0.00007;

/** What a million events of 1 KB with some endpoints each cost, at full batches (above about 50 events a second). */
export const costRows = ({ events, endpoints, logs, payloadBytes }: StreamOfEvents): CostRow[] => {
  const times = endpoints === 1 ? '' : `${endpoints} x `;
  const per = (pick: (log: StreamOfEvents['logs'][string]) => number): number =>
    Object.entries(logs).reduce((sum, [name, log]) => sum + (name === PROJECT ? 0 : pick(log)), 0) / events;
  /** The message, and an attempt for each endpoint. */
  const projected = 1 + endpoints;
  const projectBatches = projected / PROJECT_BATCH;
  const perEventProjected = (pick: (log: StreamOfEvents['logs'][string]) => number): number =>
    logs[PROJECT] === undefined ? 0 : (pick(logs[PROJECT]) / Math.max(1, logs[PROJECT].invocations)) * projectBatches;
  const row = (item: string, perEvent: number, price: number, basis: Basis, how: string): CostRow => ({
    item,
    perEvent,
    basis,
    how,
    dollarsPerMillion: perEvent * price * MILLION,
  });
  const invocations = 1 + 1 / STREAM_BATCH + endpoints / BATCH + projectBatches;
  const gigabyteSeconds =
    0.25 * 0.015 + endpoints * ((0.25 * 0.12) / STREAM_BATCH + (0.25 * 0.25) / BATCH) + 0.25 * 0.5 * projectBatches;
  const metricBytes = metricBytesPerEvent(logs, endpoints);
  const asked = BATCH + Math.min(endpoints, BATCH) + 1;
  const logBytes =
    accessLogBytes() +
    metricBytes +
    per((log) => log.alwaysBytes) +
    per((log) => log.sampledBytes) * SAMPLE_RATE +
    perEventProjected((log) => log.alwaysBytes + log.sampledBytes * SAMPLE_RATE);
  return [
    row('HTTP API requests', 1, usd.httpApiRequest, 'computed', 'one POST an event'),
    row(
      'Lambda requests',
      invocations,
      usd.lambdaRequest,
      'computed',
      `1 + 1/${STREAM_BATCH} + ${times}1/${BATCH} + ${projected}/${PROJECT_BATCH}: full batches`,
    ),
    row(
      'Lambda GB-seconds',
      gigabyteSeconds,
      usd.lambdaGbSecondArm64,
      'assumed',
      '256 MB; 15 ms a POST, 120 ms a stream batch for each endpoint, 250 ms a task batch whose endpoints take 200 ms, 500 ms a batch of project: not to be seen on an emulator',
    ),
    row(
      'DynamoDB write units',
      per((log) => log.writeUnits),
      usd.dynamodbWriteUnit,
      'measured',
      'ReturnConsumedCapacity, index included',
    ),
    row(
      'DynamoDB write units of counters',
      perEventProjected((log) => log.writeUnits),
      usd.dynamodbWriteUnit,
      'measured',
      `units of an invocation of ${PROJECT}, ${projected}/${PROJECT_BATCH} of them: one for each endpoint of a batch`,
    ),
    row(
      'DynamoDB read units',
      per((log) => log.readUnits),
      usd.dynamodbReadUnit,
      'measured',
      'ReturnConsumedCapacity',
    ),
    row(
      'DynamoDB read units of batch reads',
      (endpoints * asked) / BATCH,
      usd.dynamodbReadUnit,
      'computed',
      `${times}${asked} / ${BATCH}: each attempt asked for, the endpoints, the version; the emulator reports none`,
    ),
    row(
      'SNS publishes',
      endpoints / BATCH,
      usd.snsPublish64Kb,
      'computed',
      `${times}1/${BATCH}: ten tasks of up to 6 KB in one request of 64 KB`,
    ),
    row(
      'SQS requests',
      (2 * endpoints) / BATCH,
      usd.sqsRequest64Kb,
      'computed',
      `${times}2/${BATCH}: a receive and a delete a batch; deliveries from SNS are free`,
    ),
    row(
      'SQS fair queue',
      (2 * endpoints) / BATCH,
      usd.sqsFairQueueRequest64Kb,
      'computed',
      'the same requests, as tasks carry a message group',
    ),
    row(
      'S3 puts of the archive',
      projectBatches,
      usd.s3Put,
      'computed',
      `${projected}/${PROJECT_BATCH}: an object for each batch of ${PROJECT}`,
    ),
    row(
      'GB-seconds of compaction',
      projected * COMPACTION_PASSES * COMPACTION_SECONDS * 2.94,
      usd.lambdaGbSecondArm64,
      'assumed',
      `${projected} rows, ${COMPACTION_PASSES} passes, ${COMPACTION_SECONDS * 1_000_000} us each at 3,008 MB: docs/decisions/0076`,
    ),
    row(
      'log gigabytes',
      logBytes / GIGABYTE,
      usd.logGigabyte,
      'measured',
      `bytes of lines, ${EVENT_OVERHEAD_BYTES} added to each; successes at a sample rate of ${SAMPLE_RATE}; metrics of batches at full batches; ${accessLogBytes()} of them computed: the API's access log, which the emulator does not write`,
    ),
    row(
      'data out, gigabytes',
      (endpoints * (payloadBytes + 1_500)) / GIGABYTE,
      usd.transferOutGigabyte,
      'computed',
      `${times}(payload + 1,500 bytes of headers and TLS)`,
    ),
  ];
};

/** What API Gateway puts into the access log's line for a POST that is accepted. */
const LOGGED: Record<string, string> = {
  '$context.requestId': 'JKJaXmPLvHcESHA=',
  '$context.routeKey': 'POST /api/v1/app/{app_id}/msg',
  '$context.status': '202',
  '$context.responseLatency': '23',
  '$context.integrationStatus': '200',
  '$context.integrationErrorMessage': '-',
  '$context.integration.requestId': 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
};

export const accessLogBytes = (): number => {
  const line = Object.entries(accessLog).map(([field, variable]) => {
    const value = LOGGED[variable];
    if (value === undefined) throw new Error(`access log: no example of ${variable}`);
    return [field, value];
  });
  return JSON.stringify(Object.fromEntries(line)).length + EVENT_OVERHEAD_BYTES;
};

/** One embedded-metric line an invocation; batches are full at the rate the figures are for. */
const metricBytesPerEvent = (logs: StreamOfEvents['logs'], endpoints: number): number => {
  const batch: Record<string, number> = {
    'fan-out': STREAM_BATCH,
    'deliver-webhook': BATCH / endpoints,
    [PROJECT]: PROJECT_BATCH / endpoints,
  };
  return Object.entries(logs).reduce(
    (sum, [name, log]) => sum + log.metricBytes / Math.max(1, log.invocations) / (batch[name] ?? 1),
    0,
  );
};

/** Log volume in bytes of an event and its delivery, at the sample rate of dev and prod. */
export const logBytesPerEvent = (rows: readonly CostRow[]): number =>
  (rows.find(({ item }) => item === 'log gigabytes')?.perEvent ?? 0) * GIGABYTE;
