import type { ChaosResult } from './run-chaos.ts';

/** What happened to the calls of functions, what befell the endpoints, and the ledger. */
export const reportLines = (result: ChaosResult): readonly string[] => {
  const { faults, troubles, redeploys, repeatedPosts, redriven, verdict } = result;
  return [
    '',
    'Faults that took effect, by service and kind',
    ...aligned(faults.table()),
    '',
    'Requests in trouble at their endpoints',
    ...aligned([...troubles].sort().map(([kind, count]) => [kind, String(count)])),
    '',
    'Ledger',
    ...aligned(
      Object.entries({
        'services redeployed meanwhile': redeploys,
        'events accepted': verdict.accepted,
        'of these posted more than once': repeatedPosts,
        'deliveries asked for': verdict.deliveries,
        'recorded as delivered': verdict.succeeded,
        'recorded as given up, at the end of the schedule': verdict.givenUp,
        'requests received': verdict.requests,
        'requests for what was taken already': verdict.duplicates,
        'tasks redriven from the dead-letter queue': redriven,
        'promises broken': verdict.broken.length,
      }).map(([what, count]) => [what, String(count)]),
    ),
    '',
  ];
};

/** What makes a run worth nothing or worse, each as a sentence. */
export const failuresOf = ({ faults, faultsAtLeast, redeploys, verdict }: ChaosResult): readonly string[] => [
  ...verdict.broken,
  ...(faults.total() < faultsAtLeast
    ? [`only ${faults.total()} faults took effect, and fewer than ${faultsAtLeast} prove nothing`]
    : []),
  ...(redeploys < 2 ? [`only ${redeploys} of 2 redeploys took over`] : []),
];

/** The first column to the left, the others to the right. */
const aligned = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`,
  );
};
