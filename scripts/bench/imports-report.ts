import type { ImportFigures } from './imports.ts';
import { table } from './report.ts';

const MOST_MEGABYTES = 512;
const MOST_GROWTH = 1.2;

/** What imports of small and large files took, and whether a large one takes more memory. */
export const importsReport = (figures: readonly ImportFigures[]): string => {
  const [largest] = figures.toSorted((one, other) => other.megabytes - one.megabytes);
  const small = figures.find(({ megabytes, lineBytes }) => megabytes === 50 && lineBytes === largest?.lineBytes);
  const growth = (largest?.peakMegabytes ?? 0) / (small?.peakMegabytes ?? 1);
  return [
    table(
      [
        'file',
        'line',
        'events',
        'stretches',
        'seconds',
        'CPU seconds',
        'events per CPU second',
        'MB before, at the most',
      ],
      figures.map((one) => [
        `${one.megabytes} MB`,
        `${one.lineBytes} bytes`,
        String(one.lines),
        String(one.stretches),
        one.seconds.toFixed(1),
        one.cpuSeconds.toFixed(1),
        (one.lines / one.cpuSeconds).toFixed(0),
        `${one.loadedMegabytes.toFixed(0)}, ${one.peakMegabytes.toFixed(0)}`,
      ]),
    ),
    [
      `A file of ${largest?.megabytes} MB takes ${growth.toFixed(2)} times the memory of one of 50 MB:`,
      growth <= MOST_GROWTH && (largest?.peakMegabytes ?? 0) < MOST_MEGABYTES ? 'within' : 'over',
      `${MOST_GROWTH} times and ${MOST_MEGABYTES} MB.`,
    ].join(' '),
  ].join('\n\n');
};
