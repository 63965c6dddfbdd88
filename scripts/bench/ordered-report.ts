import { ORDERED_EVENTS, type OrderedFigures } from './ordered.ts';
import { table } from './report.ts';

/** What order costs: for each event, and for each successful first attempt at an ordered endpoint. */
export const orderedReport = (figures: readonly OrderedFigures[]): string => {
  const each = (units: number, { events }: OrderedFigures): string => (units / events).toFixed(2);
  return table(
    [
      `${ORDERED_EVENTS} events for one ordered endpoint: found together`,
      'write units to accept',
      'to deliver',
      'in all',
    ],
    figures.map((one) => [
      String(one.together),
      each(one.accepted.write, one),
      each(one.delivered.write, one),
      each(one.accepted.write + one.delivered.write, one),
    ]),
  );
};
