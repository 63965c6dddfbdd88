import { expect, test } from '@jest/globals';
import { timingsTable } from './timings.ts';

test('timings are a table in seconds with a column per run, also for steps that a run did not have', () => {
  const at = '2026-01-01T00:00:00.000Z';
  expect(
    timingsTable([
      { at, kind: 'cold', total: 205_000, steps: { 'Install npm packages': 31_240, emulator: 900 } },
      { at, kind: 'warm', total: 80_050, steps: { emulator: 450 } },
    ]),
  ).toEqual([
    'seconds                 cold    warm',
    'Install npm packages    31.2        ',
    'emulator                 0.9     0.5',
    'total                  205.0    80.0',
  ]);
});
