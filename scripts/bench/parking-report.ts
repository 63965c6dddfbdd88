import type { ParkFigures, RateFigures } from './parking.ts';
import { table } from './report.ts';

/** What a dead endpoint costs, and how well a rate is kept. */
export const parkingReport = (figures: ParkFigures, rates: readonly RateFigures[]): string => {
  const { parked, writeUnits, wakes, parkSeconds, released, releaseUnits, releaseSeconds } = figures;
  const each = (units: number, of: number): string => `${units.toFixed(0)}, ${(units / of).toFixed(3)} each`;
  return [
    table(
      ['10,000 tasks for an endpoint that is disabled', 'value', 'basis'],
      [
        ['write units to park them', each(writeUnits, parked), 'measured'],
        ['looks announced by functions that began at the same time', String(wakes), 'measured'],
        ['seconds to park them, 20 functions', parkSeconds.toFixed(1), 'measured'],
        ['released when it is enabled', String(released), 'measured'],
        ['write units to release them', each(releaseUnits.write, released), 'measured'],
        ['read units to release them', each(releaseUnits.read, released), 'measured'],
        ['seconds to release them, one function', releaseSeconds.toFixed(1), 'measured'],
      ],
    ),
    table(
      ['rate, a second', 'attempts in ten seconds', 'off by', 'write units per task'],
      rates.map(({ rate, sent, writeUnits: units, tasks }) => [
        String(rate),
        String(sent),
        `${(((sent - rate * 10) / (rate * 10)) * 100).toFixed(1)} %`,
        (units / tasks).toFixed(2),
      ]),
    ),
  ].join('\n\n');
};
