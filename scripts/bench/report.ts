import { gzipSync } from 'node:zlib';
import type { BuiltFunction } from './built-functions.ts';
import type { CpuTime } from './cpu.ts';
import { type CostRow, logBytesPerEvent } from './dollars.ts';
import type { InitTime } from './init-time.ts';
import prices from './prices.json' with { type: 'json' };
import type { StreamOfEvents } from './stream-of-events.ts';

/** Figures as Markdown tables: they are read in a terminal and pasted into docs/performance.md as they are. */

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
};

const verdict = (value: number, limit: number): string =>
  value < limit * 1.005 ? 'within' : `over by ${((value / limit - 1) * 100).toFixed(0)} %`;

export const sizesReport = (functions: readonly BuiltFunction[]): string =>
  table(
    ['function', 'minified (measured)', 'compressed (measured)', 'budget 400 KB'],
    functions.map(({ name, start }) => [
      name,
      `${(start.length / 1024).toFixed(0)} KB`,
      `${(gzipSync(start).length / 1024).toFixed(0)} KB`,
      verdict(start.length, 400 * 1024),
    ]),
  );

const HOT = ['post-message', 'fan-out', 'deliver-webhook'];

export const initReport = (times: readonly InitTime[]): string =>
  table(
    ['function', 'start to loaded (measured)', 'ratio to a bare handler', 'budget 2.5 x (hot functions)'],
    times.map(({ name, medianMs, ratio }) => [
      name,
      `${medianMs.toFixed(0)} ms`,
      `${ratio.toFixed(2)} x`,
      HOT.includes(name) ? verdict(ratio, 2.5) : '',
    ]),
  );

export const requestsReport = ({ calls, logs, events, endpoints }: StreamOfEvents): string =>
  [
    table(
      ['request', 'per event (measured)'],
      Object.entries(calls)
        .filter(([, count]) => count >= events / 1000)
        .toSorted(([, a], [, b]) => b - a)
        .map(([name, count]) => [name, (count / events).toFixed(3)]),
    ),
    table(
      ['request the emulator makes inside itself', 'per event (computed)', 'formula'],
      [
        ['SNS to SQS delivery', String(endpoints), 'one task an endpoint; free of charge'],
        ['SQS ReceiveMessage and DeleteMessageBatch', (0.2 * endpoints).toFixed(1), '2 a batch of ten'],
        ['DynamoDB GetRecords of the stream', '0', 'free of charge for a function'],
      ],
    ),
    table(
      ['function', 'invocations per event (measured)', 'read units', 'write units'],
      Object.entries(logs).map(([name, log]) => [
        name,
        (log.invocations / events).toFixed(3),
        (log.readUnits / events).toFixed(2),
        (log.writeUnits / events).toFixed(2),
      ]),
    ),
  ].join('\n\n');

const DOLLAR_BUDGET = 4.5;
const WRITE_BUDGET = 4;
/** Of each endpoint but the first. */
const FURTHER_WRITE_BUDGET = 2;
const LOG_BUDGET_BYTES = 0.6 * 1024;

export const costReport = (rows: readonly CostRow[], endpoints: number): string => {
  const writeBudget = WRITE_BUDGET + FURTHER_WRITE_BUDGET * (endpoints - 1);
  const total = rows.reduce((sum, row) => sum + row.dollarsPerMillion, 0);
  const writes = rows.find(({ item }) => item === 'DynamoDB write units')?.perEvent ?? 0;
  const logBytes = logBytesPerEvent(rows);
  return [
    table(
      ['item', 'per event', 'basis', 'dollars per million', 'how'],
      [
        ...rows.map((row) => [
          row.item,
          row.perEvent.toPrecision(3),
          row.basis,
          row.dollarsPerMillion.toFixed(3),
          row.how,
        ]),
        ['total', '', '', total.toFixed(2), `list prices of ${prices.region}, read on ${prices.readOn}`],
      ],
    ),
    table(
      ['budget', 'figure', 'at most', ''],
      [
        // The budget is of one endpoint.
        ...(endpoints > 1
          ? []
          : [
              [
                'total with an idempotency key, HTTP',
                `${total.toFixed(2)} dollars`,
                `${DOLLAR_BUDGET} dollars`,
                verdict(total, DOLLAR_BUDGET),
              ],
            ]),
        [
          'write units of an event and its first attempts',
          writes.toFixed(2),
          String(writeBudget),
          verdict(writes, writeBudget),
        ],
        [
          'log volume of an event and its deliveries',
          `${logBytes.toFixed(0)} bytes`,
          `${LOG_BUDGET_BYTES.toFixed(0)} bytes`,
          verdict(logBytes, LOG_BUDGET_BYTES),
        ],
      ],
    ),
  ].join('\n\n');
};

export const cpuReport = (times: readonly CpuTime[]): string =>
  table(
    ['CPU of one', 'user + system (measured)', 'ratio to a call of the SDK', 'budget', ''],
    times.map(({ what, cpuMs, ratio, budgetMs }) => [
      what,
      `${cpuMs.toFixed(2)} ms`,
      `${ratio.toFixed(2)} x`,
      budgetMs === undefined ? '' : `${budgetMs} ms`,
      budgetMs === undefined ? '' : verdict(cpuMs, budgetMs),
    ]),
  );
