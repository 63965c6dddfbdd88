import { jest } from '@jest/globals';
import { METRIC } from './metric-names.ts';
import { count, makeMetrics, milliseconds, publish } from './metrics.ts';

process.env.POWERTOOLS_METRICS_NAMESPACE = 'Fanfare';
process.env.POWERTOOLS_SERVICE_NAME = 'test';

const lines: string[] = [];
const noUnits = { read: 0, write: 0 };

beforeEach(() => {
  lines.length = 0;
  for (const method of ['log', 'info', 'warn'] as const) {
    jest.spyOn(console, method).mockImplementation((line: unknown) => void lines.push(String(line)));
  }
});
afterEach(() => jest.restoreAllMocks());

test('an invocation writes one line, with the stage and the service as its only dimensions', () => {
  const metrics = makeMetrics('dev');
  count(metrics, METRIC.messageFannedOut);
  count(metrics, METRIC.messageFannedOut, 2);
  milliseconds(metrics, METRIC.endToEndMilliseconds, 40);
  publish(metrics, { read: 1.5, write: 2 });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    _aws: { CloudWatchMetrics: [{ Namespace: 'Fanfare', Dimensions: [expect.arrayContaining(['stage', 'service'])] }] },
    ...{ stage: 'dev', service: 'test', MessageFannedOut: [1, 2], EndToEndMilliseconds: 40 },
    ...{ ConsumedReadUnits: 1.5, ConsumedWriteUnits: 2 },
  });
});

test('nothing to count writes no line', () => {
  const metrics = makeMetrics('dev');
  count(metrics, METRIC.messageFannedOut, 0);
  publish(metrics, noUnits);
  expect(lines).toEqual([]);
});
