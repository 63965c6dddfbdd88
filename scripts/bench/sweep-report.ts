import prices from './prices.json' with { type: 'json' };
import { table } from './report.ts';
import type { SweepFigures } from './sweep.ts';

const { usd } = prices;
const BATCH = 10;
const PAGE = 200;
const MEMORY_GB = 0.5;

/** What a sweep of many due items took, and what it costs on AWS at list prices. */
export const sweepReport = (figures: SweepFigures): string => {
  const { runs, peakMegabytes, loadedMegabytes, readUnits, writeUnits, queued } = figures;
  const sent = runs.reduce((sum, run) => sum + run.sent, 0);
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  const sends = Math.ceil(sent / BATCH);
  const cost: readonly (readonly [string, number, string, number])[] = [
    ['DynamoDB write units: deletes', writeUnits, 'measured', usd.dynamodbWriteUnit],
    ['DynamoDB read units', readUnits, 'measured', usd.dynamodbReadUnit],
    ['SQS requests', sends, `computed: sent / ${BATCH}`, usd.sqsRequest64Kb + usd.sqsFairQueueRequest64Kb],
    ['Lambda GB-seconds', seconds * MEMORY_GB, 'measured here, not on Lambda', usd.lambdaGbSecondArm64],
    ['Lambda requests', runs.length, 'measured', usd.lambdaRequest],
  ];
  const dollars = cost.reduce((sum, [, amount, , price]) => sum + amount * price, 0);
  return [
    table(
      ['run of the sweep', 'sent (measured)', 'seconds (measured)', 'ended'],
      runs.map((run, index) => [
        String(index + 1),
        String(run.sent),
        run.seconds.toFixed(1),
        run.isFinished ? 'finished' : 'at its time limit',
      ]),
    ),
    table(
      ['figure', 'value', 'basis'],
      [
        ['sent in all, and in the queue afterwards', `${sent}, ${queued}`, 'measured'],
        [
          'memory before the first run, and at the most',
          `${loadedMegabytes.toFixed(0)}, ${peakMegabytes.toFixed(0)} MB`,
          'measured',
        ],
        ['DynamoDB queries, at least', String(Math.ceil(sent / PAGE)), `computed: sent / ${PAGE}`],
        ['DynamoDB batch deletes', String(sends), `computed: sent / ${BATCH}`],
      ],
    ),
    table(
      ['item', 'amount', 'basis', 'dollars'],
      [
        ...cost.map(([item, amount, basis, price]) => [item, amount.toFixed(0), basis, (amount * price).toFixed(4)]),
        ['together', '', '', dollars.toFixed(4)],
      ],
    ),
  ].join('\n\n');
};
