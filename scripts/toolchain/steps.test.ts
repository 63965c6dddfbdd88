import { expect, test } from '@jest/globals';
import { allOrNothing } from './all-or-nothing.mjs';
import { Failure } from './failure.mjs';
import { run } from './run.mjs';
import { showSteps, stepsTo } from './steps.mjs';

test('steps are told when they begin and how long they took, failed ones too', async () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (text: string) => lines.push(text) } as unknown as NodeJS.WriteStream;
  const step = stepsTo(showSteps(stream));
  await step('one', async () => {});
  await expect(
    step('two', async () => {
      throw new Failure('No.');
    }),
  ).rejects.toThrow('No.');
  expect(lines.map((line) => line.trim().replace(/ +\d+\.\d s$/, ''))).toEqual(['… one', '✓ one', '… two', '✗ two']);
});

test('when one piece of work fails, the others are stopped and the first cause is told', async () => {
  const controller = new AbortController();
  const works = [
    // Longer than any test may take: it has to be stopped.
    () => run('sleep', ['600'], { signal: controller.signal }),
    async () => {
      throw new Failure('The first cause.');
    },
  ];
  await expect(allOrNothing<unknown>(controller, works)).rejects.toThrow('The first cause.');
});
