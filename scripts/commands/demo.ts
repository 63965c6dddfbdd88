/**
 * Shows the whole way of an event on a fresh deployment: `npm run demo`.
 *
 * @needs terraform, emulator, sam
 */
import { Command, InvalidArgumentError } from 'commander';
import { fanOutTimes } from '../demo/fan-out-times.ts';
import { keepRunning, keptText, nextText } from '../demo/keep.ts';
import { measureDemo } from '../demo/measure.ts';
import { play } from '../demo/play.ts';
import { timelineOf } from '../demo/timeline.ts';
import { appendTiming, timer, timingsTable } from '../demo/timings.ts';
import { verdictOn } from '../demo/verdict.ts';
import { startEnvironment } from '../environment/environment.ts';
import { parsePort } from '../environment/port-option.ts';
import { runCommand } from '../environment/run-command.ts';
import { startReceiver } from '../receiver/receiver.ts';
import { Failure } from '../toolchain/failure.mjs';
import { showSteps, stepsTo } from '../toolchain/steps.mjs';

type Options = {
  readonly port: number;
  readonly keep?: true;
  readonly timings?: true | number;
  readonly cold?: true;
};

const DEFAULT_PORT = 4566;
const MOST_RUNS = 20;

const parseRuns = (text: string): number => {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 1 && runs <= MOST_RUNS) return runs;
  throw new InvalidArgumentError(`The number of runs is from 1 to ${MOST_RUNS}.`);
};

const command = new Command('npm run demo --')
  .description('Deploys everything to an emulator, sends webhooks through it and shows the way of each.')
  .option('--keep', 'leave it running when it is over')
  .option('--port <number>', 'port of the emulator on loopback', parsePort, DEFAULT_PORT)
  .option('--timings [runs]', 'run that often and show how long each step took', parseRuns)
  .option('--cold', 'with --timings: each run in a fresh copy that has nothing installed');

await runCommand(command, async (parsed, signal) => {
  const { port, keep, timings, cold } = parsed.opts<Options>();
  if (cold === true || typeof timings === 'number') {
    return measureDemo({ runs: typeof timings === 'number' ? timings : 1, cold: cold === true, port }, signal);
  }
  await demo(port, keep === true, timings === true, signal);
});

async function demo(port: number, keep: boolean, timings: boolean, signal: AbortSignal): Promise<void> {
  const clock = timer();
  const show = showSteps();
  const onStep: typeof show = (event) => {
    clock.onStep(event);
    show(event);
  };
  const environment = await startEnvironment({ name: 'demo', port, onStep, signal });
  const receiver = await startReceiver();
  let staysUp = false;
  try {
    const played = await play(environment, receiver, stepsTo(onStep));
    const verdict = verdictOn(played, receiver.requests);
    const fannedOut = await fanOutTimes(environment);
    for (const deliveries of verdict.deliveries) console.log(`\n${timelineOf(deliveries, fannedOut).join('\n')}`);
    if (verdict.faults.length > 0) {
      throw new Failure('The demo failed: a delivery is not as it has to be.', { details: verdict.faults });
    }
    console.log(`\n  All ${verdict.verified} requests were verified, and nothing came that was filtered out.`);
    await receiver.stop();
    if (keep) {
      console.log(keptText(environment, played.appId, keepRunning(environment, receiver.port)));
      staysUp = true;
    }
  } finally {
    await receiver.stop();
    if (!staysUp) await environment.stop();
  }
  if (!keep) console.log(nextText);
  if (timings) {
    const timing = clock.end(Date.now());
    appendTiming(timing);
    console.log(`\n${timingsTable([timing]).join('\n')}`);
  }
}
