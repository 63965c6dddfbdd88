/**
 * Sends events through an emulator while faults are injected between the functions and AWS: `npm run chaos`,
 * `npm run chaos -- --events 500 --seed 7`.
 *
 * @needs terraform, emulator, sam
 */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { failuresOf, reportLines } from '../chaos/report.ts';
import { runChaos } from '../chaos/run-chaos.ts';
import { startWiredEnvironment } from '../chaos/wired-environment.ts';
import { runCommand } from '../environment/run-command.ts';
import { Failure } from '../toolchain/failure.mjs';
import { showSteps, stepsTo } from '../toolchain/steps.mjs';

type Options = { readonly events: number; readonly seed?: number };

const DEFAULT_EVENTS = 5_000;
const MOST_EVENTS = 1_000_000;
const MOST_SEEDS = 2 ** 31;
const MOST_FAILURES_TOLD = 40;

const wholeNumber = (most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
};

const command = new Command('npm run chaos --')
  .description('Sends events through an emulator while everything around them fails, and checks that none is lost.')
  .option('--events <count>', 'how many events to send', wholeNumber(MOST_EVENTS), DEFAULT_EVENTS)
  .option('--seed <seed>', 'repeat the faults of an earlier run', wholeNumber(MOST_SEEDS));

await runCommand(command, async (parsed, signal) => {
  const { events, seed = randomInt(1, MOST_SEEDS) } = parsed.opts<Options>();
  console.log(`  Seed ${seed}`);
  const onStep = showSteps();
  const environment = await startWiredEnvironment({ name: 'chaos', onStep, signal });
  try {
    const tell = (text: string) => console.log(`    ${text}`);
    const result = await runChaos({ events, seed, environment, wire: environment.wire, step: stepsTo(onStep), tell });
    console.log(reportLines(result).join('\n'));
    const failures = failuresOf(result);
    if (failures.length === 0) {
      console.log(`Nothing was lost. The same faults again: npm run chaos -- --events ${events} --seed ${seed}`);
      return;
    }
    throw new Failure(`Promises were broken, or too little was tried: ${failures.length} findings, seed ${seed}.`, {
      details: failures.slice(0, MOST_FAILURES_TOLD),
    });
  } finally {
    await environment.stop();
  }
});
