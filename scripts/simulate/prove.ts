/** Runs what `npm test` runs of the simulation, and writes what came of it into the file that is named. */
import { writeFileSync } from 'node:fs';
import { add, emptyOutcome, failedRunner, type Outcome } from '../test-run/result.ts';
import { runSeeds, storyLines } from './many-seeds.ts';
import { loadMutant } from './mutant-loader.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';
import * as simulation from './run-seed.ts';

const SEEDS = 1_000;
const SEEDS_OF_A_MUTATION = 200;
const PASSED: Outcome = { ...emptyOutcome, passed: 1 };

const proveCode = async (): Promise<Outcome> => {
  const { broken } = await runSeeds(simulation, { from: 1, count: SEEDS });
  if (broken === undefined) return PASSED;
  const story = await storyLines(broken, simulation);
  return failedRunner(`the promises hold in ${SEEDS} seeds`, story.join('\n'));
};

const proveMutation = async (mutation: Mutation): Promise<Outcome> => {
  const what = `the simulation finds the mutation ${mutation.name}`;
  try {
    const { broken } = await runSeeds(await loadMutant(mutation), {
      from: mutation.from ?? 1,
      count: SEEDS_OF_A_MUTATION,
    });
    return broken === undefined ? failedRunner(what, `not within ${SEEDS_OF_A_MUTATION} seeds`) : PASSED;
  } catch (error) {
    return failedRunner(what, String(error));
  }
};

const [report] = process.argv.slice(2);
if (report === undefined) throw new Error('name the file of the report');
let outcome = await proveCode();
for (const mutation of MUTATIONS) outcome = add(outcome, await proveMutation(mutation));
writeFileSync(report, JSON.stringify(outcome));
