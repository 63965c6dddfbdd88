import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { clientOptions } from '../environment/emulated-aws.ts';

/** What one function's log says about a run. */
export type FunctionLog = {
  readonly invocations: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Bytes of embedded metrics, of lines that are always written, and of lines that are sampled. */
  readonly metricBytes: number;
  readonly alwaysBytes: number;
  readonly sampledBytes: number;
};

const NOTHING: FunctionLog = {
  invocations: 0,
  readUnits: 0,
  writeUnits: 0,
  metricBytes: 0,
  alwaysBytes: 0,
  sampledBytes: 0,
};

/** CloudWatch Logs adds 26 bytes to each event when it bills ingestion. */
export const EVENT_OVERHEAD_BYTES = 26;

/** The most that one answer holds; the emulator has no next page. */
const MAX_EVENTS = 10_000;

/** Reads a function's log since a time. The emulator does not make metrics of embedded ones, so they are read here. */
export const functionLog = async (endpoint: string, functionName: string, sinceMs: number): Promise<FunctionLog> => {
  const client = new CloudWatchLogsClient(clientOptions(endpoint));
  const { events = [] } = await client.send(
    new FilterLogEventsCommand({
      logGroupName: `/aws/lambda/${functionName}`,
      startTime: sinceMs,
      limit: MAX_EVENTS,
    }),
  );
  if (events.length === MAX_EVENTS) throw new Error(`${functionName}: its log is longer than one answer`);
  return events.reduce((log, { message = '' }) => add(log, message.trimEnd()), NOTHING);
};

const add = (log: FunctionLog, line: string): FunctionLog => {
  if (line.startsWith('REPORT ')) return { ...log, invocations: log.invocations + 1 };
  const fields = parse(line);
  if (fields === undefined) return log;
  const bytes = Buffer.byteLength(line) + EVENT_OVERHEAD_BYTES;
  if (fields._aws !== undefined) {
    return {
      ...log,
      metricBytes: log.metricBytes + bytes,
      readUnits: log.readUnits + total(fields.ConsumedReadUnits),
      writeUnits: log.writeUnits + total(fields.ConsumedWriteUnits),
    };
  }
  const counted = {
    ...log,
    readUnits: log.readUnits + total(fields.read_units),
    writeUnits: log.writeUnits + total(fields.write_units),
  };
  return fields.level === 'DEBUG'
    ? { ...counted, sampledBytes: log.sampledBytes + bytes }
    : { ...counted, alwaysBytes: log.alwaysBytes + bytes };
};

const parse = (line: string): Record<string, unknown> | undefined =>
  line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : undefined;

/** A metric's value, or its values when it was added more than once. */
const total = (value: unknown): number => [value ?? 0].flat().reduce<number>((sum, each) => sum + Number(each), 0);
