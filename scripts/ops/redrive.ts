import { unreachable } from '@fanfare/core/unreachable';
import { Failure } from '../toolchain/failure.mjs';
import type { FailureStore } from './failure-stores.ts';
import { printResult, progress, table } from './print.ts';
import { failUnlessRedriven, stayingOf, textOfRun } from './redrive-report.ts';
import { type Execution, type RedriveRun, type RedriveRuns, redriveRuns, untilEnded } from './redrive-runs.ts';
import { type OpsStage, storeNamed } from './stage.ts';

export type RedriveOptions = { readonly ratePerSecond: number; readonly detach: boolean };

/** `ops dlq redrive` */
export const redriveStore = async (
  stage: OpsStage,
  name: string,
  { ratePerSecond, detach }: RedriveOptions,
  json: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const runs = redriveRuns(stage);
  const started = await runs.start(redrivenStore(storeNamed(stage, name)), ratePerSecond, Date.now());
  progress(started.joined ? `joined ${started.run}, at the rate it has` : `started ${started.run}`);
  if (detach) return printRun(await runs.describe(started), json);
  const ended = await followed(runs, started, signal);
  printRun(ended, json);
  failUnlessRedriven(ended);
};

/** What the state machine needs to know of a store. */
const redrivenStore = (store: FailureStore): Parameters<RedriveRuns['start']>[0] => {
  const { name } = store;
  switch (store.kind) {
    case 'dead-letters':
      return { kind: 'dead-letters', name, queueUrl: store.queue.url, sourceUrl: store.source.url };
    case 'quarantine':
    case 'failed-calls':
    case 'failure-queue':
      return { kind: 'records-queue', name, queueUrl: store.queue.url };
    case 'failure-bucket':
      return { kind: 'records-bucket', name, bucket: store.bucket };
    case 'rejects':
      throw new Failure(
        `What is in ${name} was refused for what it is, and would be again: 'dlq show' tells why. Its sender corrects it and sends it again.`,
      );
    default:
      return unreachable(store);
  }
};

/** Waits for the end of a run. A terminal that goes away leaves the run alone: somebody stops it, or it ends. */
const followed = async (runs: RedriveRuns, execution: Execution, signal: AbortSignal): Promise<RedriveRun> => {
  let told = '';
  try {
    return await untilEnded(runs, execution, signal, ({ done, there }) => {
      const text = `${done} of ${there}`;
      if (text !== told) progress(text);
      told = text;
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Failure(goesOn(execution), { exitCode: exitCodeOf(signal.reason) });
  }
};

const goesOn = ({ run, store }: Execution): string =>
  `The redrive ${run} goes on without this terminal: 'dlq status ${store}' tells how far it is, 'dlq stop ${store}' ends it.`;

const exitCodeOf = (reason: unknown): number => (reason instanceof Failure ? reason.exitCode : 1);

const printRun = (run: RedriveRun, json: boolean): void => printResult(run, json, () => textOfRun(run));

/** `ops dlq runs` */
export const printRuns = async (stage: OpsStage, json: boolean): Promise<void> => {
  const runs = redriveRuns(stage);
  const all = await Promise.all((await runs.list()).map(runs.describe));
  printResult(all, json, () =>
    all.length === 0
      ? 'Nothing was redriven in the last 90 days.'
      : table(
          ['RUN', 'STATUS', 'THERE', 'DONE', 'STAY'],
          all.map((one) => [one.run, one.status, ...[one.there, one.done, stayingOf(one)].map(String)]),
        ),
  );
};

/** `ops dlq status`: of the run of this name, or of the last one of the store of this name. */
export const printStatus = async (stage: OpsStage, named: string, json: boolean): Promise<void> => {
  const runs = redriveRuns(stage);
  const found = (await runs.list()).find(({ run, store }) => run === named || store === named);
  if (found === undefined) throw noRun(named, 'in the last 90 days');
  printRun(await runs.describe(found), json);
};

/** `ops dlq stop` */
export const stopRuns = async (stage: OpsStage, named: string, json: boolean): Promise<void> => {
  const stopped = await redriveRuns(stage).stop(named);
  if (stopped.length === 0) throw noRun(named, 'now');
  printResult(
    { stopped },
    json,
    () => `Stopped ${stopped.join(', ')}. What it had in hand shows again in half an hour at most.`,
  );
};

const noRun = (named: string, when: string): Failure =>
  new Failure(`No redrive of '${named}' runs ${when}: 'dlq runs' tells which there are.`);
