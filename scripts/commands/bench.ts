/**
 * Measures sizes, start-up, CPU, requests and cost: `npm run bench`.
 *
 * @needs terraform, emulator, sam
 */
import { Command } from 'commander';
import { buildFunctions } from '../bench/built-functions.ts';
import { measureCpu } from '../bench/cpu.ts';
import { costRows } from '../bench/dollars.ts';
import { measureImports } from '../bench/imports.ts';
import { importsReport } from '../bench/imports-report.ts';
import { measureInitTimes } from '../bench/init-time.ts';
import { FOUND_TOGETHER, measureOrdered, type OrderedFigures } from '../bench/ordered.ts';
import { orderedReport } from '../bench/ordered-report.ts';
import { measureParking, measureRate, RATES, type RateFigures } from '../bench/parking.ts';
import { parkingReport } from '../bench/parking-report.ts';
import { costReport, cpuReport, initReport, requestsReport, sizesReport } from '../bench/report.ts';
import { streamEvents } from '../bench/stream-of-events.ts';
import { measureSweep, SWEPT_ITEMS } from '../bench/sweep.ts';
import { sweepReport } from '../bench/sweep-report.ts';
import { measureWaysIn } from '../bench/ways-in.ts';
import { waysInReport } from '../bench/ways-in-report.ts';
import { startEnvironment } from '../environment/environment.ts';
import { runCommand } from '../environment/run-command.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import { showSteps, stepsTo } from '../toolchain/steps.mjs';

const PARTS = ['sizes', 'init', 'stream', 'cpu', 'sweep', 'parking', 'ordered', 'ways-in', 'imports'] as const;
type Part = (typeof PARTS)[number];

const command = new Command('npm run bench --')
  .description('Prints every figure of docs/performance.md, on an emulator of its own.')
  .option('--only <parts>', `some of ${PARTS.join(', ')}, separated by commas`, PARTS.join(','));

const chosenParts = (text: string): Part[] =>
  text.split(',').map((name) => {
    const part = PARTS.find((each) => each === name);
    if (part === undefined)
      throw new Failure(`There is no part '${name}': choose of ${PARTS.join(', ')}.`, { exitCode: EXIT_USAGE });
    return part;
  });

const print = (title: string, text: string): void => console.log(`\n## ${title}\n\n${text}\n`);

await runCommand(command, async (parsed, signal) => {
  const parts = chosenParts(parsed.opts<{ only: string }>().only);
  const step = stepsTo(showSteps());
  const functions = await step('bundles', buildFunctions);
  if (parts.includes('sizes')) print('Bundles', sizesReport(functions));
  if (parts.includes('init')) {
    print('Start-up', initReport(await step('start-up, 21 runs each', () => measureInitTimes(functions))));
  }
  if (parts.includes('imports')) {
    const measure = () => measureImports(functions, (text) => console.log(`    ${text}`));
    print('Imports of files', importsReport(await step('files of events', measure)));
  }
  if (!(['stream', 'cpu', 'sweep', 'parking', 'ordered', 'ways-in'] as const).some((part) => parts.includes(part)))
    return;

  const environment = await startEnvironment({ name: 'bench', port: 'free', onStep: showSteps(), signal });
  try {
    let dollarsOfOne: number | undefined;
    if (parts.includes('stream')) {
      for (const endpoints of [1, 5]) {
        const title = `1,000 deliveries to ${endpoints === 1 ? 'one endpoint' : `${endpoints} endpoints`}`;
        const send = () => streamEvents(environment, endpoints, (text) => console.log(`    ${text}`));
        const stream = await step(title, send);
        print(`Requests and units of ${title}`, requestsReport(stream));
        const rows = costRows(stream);
        print(`Dollars per million events of ${title}`, costReport(rows, endpoints));
        if (endpoints === 1) dollarsOfOne = rows.reduce((sum, { dollarsPerMillion }) => sum + dollarsPerMillion, 0);
      }
    }
    if (parts.includes('ways-in')) {
      const ways = await step('events by each way in', () => measureWaysIn(environment));
      print('Ways in', waysInReport(ways, dollarsOfOne));
    }
    if (parts.includes('cpu')) {
      print('CPU', cpuReport(await step('CPU of the hot functions', () => measureCpu(environment, functions))));
    }
    if (parts.includes('sweep')) {
      const title = `${SWEPT_ITEMS.toLocaleString('en')} due items`;
      const sweep = () => measureSweep(environment.endpoint, functions, (text) => console.log(`    ${text}`));
      print(`Sweep of ${title}`, sweepReport(await step(title, sweep)));
    }
    if (parts.includes('parking')) {
      const park = await step('10,000 tasks of a dead endpoint', () => measureParking(environment.endpoint));
      const rates: RateFigures[] = [];
      for (const rate of RATES) {
        rates.push(await step(`a rate of ${rate} a second`, () => measureRate(environment.endpoint, rate)));
      }
      print('Parking and rates', parkingReport(park, rates));
    }
    if (parts.includes('ordered')) {
      const figures: OrderedFigures[] = [];
      for (const together of FOUND_TOGETHER) {
        const title = `ordered events, ${together} at a time`;
        figures.push(await step(title, () => measureOrdered(environment.endpoint, together)));
      }
      print('Ordered endpoints', orderedReport(figures));
    }
  } finally {
    await environment.stop();
  }
});
