/**
 * Runs the delivery domain under an adversarial scheduler in virtual time: `npm run simulate`,
 * `npm run simulate -- --seeds 100000 --from 5001`, `npm run simulate -- --seed 7`.
 *
 * @needs nothing
 */
import { Command, InvalidArgumentError } from 'commander';
import { runCommand } from '../environment/run-command.ts';
import { runSeeds, type Simulation, storyLines, summaryLine } from '../simulate/many-seeds.ts';
import { loadMutant } from '../simulate/mutant-loader.ts';
import { MUTATIONS } from '../simulate/mutations.ts';
import * as realCode from '../simulate/run-seed.ts';
import { lineOf } from '../simulate/story.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';

type Options = {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly mutation?: string;
};

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 31)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
};

const command = new Command('npm run simulate --')
  .description('Runs the delivery domain in virtual time while faults are injected, and checks that nothing is lost.')
  .option('--seeds <count>', 'how many seeds to run', wholeNumber, 1_000)
  .option('--from <seed>', 'the first of them', wholeNumber, 1)
  .option('--seed <seed>', 'tell the story of this one seed instead', wholeNumber)
  .option('--mutation <name>', 'run a mutation of the code, to see how it is found');

const simulationOf = async (name: string | undefined): Promise<Simulation> => {
  if (name === undefined) return realCode;
  const mutation = MUTATIONS.find((each) => each.name === name);
  if (mutation !== undefined) return loadMutant(mutation);
  const known = MUTATIONS.map((each) => each.name).join(', ');
  throw new Failure(`There is no mutation '${name}': the mutations are ${known}.`, { exitCode: EXIT_USAGE });
};

const PROGRESS_EVERY = 5_000;

await runCommand(command, async (parsed, signal) => {
  const { seeds, from, seed, mutation } = parsed.opts<Options>();
  const simulation = await simulationOf(mutation);
  const range = seed === undefined ? { from, count: seeds } : { from: seed, count: 1 };
  const result = await runSeeds(simulation, range, (done) => {
    signal.throwIfAborted();
    if (done % PROGRESS_EVERY === 0) console.log(`${done.toLocaleString('en')} seeds hold`);
  });
  console.log(summaryLine(result));
  if (result.broken !== undefined) {
    console.log((await storyLines(result.broken, simulation)).join('\n'));
    throw new Failure(`Seed ${result.broken.seed} breaks a promise; its story is above.`);
  }
  if (seed !== undefined) {
    const told = await simulation.runPlan((await simulation.runSeed(seed)).plan, true);
    console.log(told.story.map(lineOf).join('\n'));
  }
  console.log(`Seeds ${range.from} to ${range.from + range.count - 1} keep every promise.`);
});
