import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import {
  type EndReason,
  type FailureStore as RedrivenStore,
  runState,
} from '../../services/redrive/src/domain/run-state.ts';
import { Failure } from '../toolchain/failure.mjs';
import type { OpsStage } from './stage.ts';

/** A redrive as it stands. Its executions follow one another, as AWS bounds the history of each. */
export type RedriveRun = {
  readonly run: string;
  readonly store: string;
  readonly status: 'running' | 'ended' | 'stopped' | 'failed';
  readonly startedAt: string;
  readonly there: number;
  readonly done: number;
  readonly published: number;
  /** Sent, and not deleted: they stand in both queues, and a task that comes twice is dropped. */
  readonly notDeleted: number;
  /** Came back, or came anew, while it ran: left for the next time. */
  readonly newer: number;
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  /** How many more stay, whose reasons nobody kept. */
  readonly alsoFailed: number;
  /** Of one that has ended. */
  readonly endReason?: EndReason | undefined;
};

/** `<store>-<time>-<number of the execution>`; AWS keeps it for 90 days after its end. */
const NAME = /^(([a-z-]+)-(\d{8}T\d{9}))-(\d+)$/;

/** The last execution of a run. */
export type Execution = { readonly run: string; readonly store: string; readonly number: number };

const executionOf = (name: string): Execution | undefined => {
  const [, run, store, , number] = NAME.exec(name) ?? [];
  return run === undefined || store === undefined ? undefined : { run, store, number: Number(number) };
};

/** The runs of a stage's state machine. */
export type RedriveRuns = {
  /** The latest runs, the youngest first. */
  readonly list: () => Promise<readonly Execution[]>;
  /** Starts a redrive, or joins the one that runs of this store. Two that were started at once do no harm. */
  readonly start: (store: RedrivenStore, ratePerSecond: number, nowMs: number) => Promise<Started>;
  /** How a run stands, by the last of its executions. */
  readonly describe: (execution: Execution) => Promise<RedriveRun>;
  /** Ends every run of a store, or one run by its name. A step under way is finished. Answers which it ended. */
  readonly stop: (named: string) => Promise<readonly string[]>;
};

export type Started = Execution & { readonly joined: boolean };

/** What one looks at when one wants to know what went on. */
const MOST_RUNS = 20;

const STATUS: Readonly<Record<string, RedriveRun['status']>> = {
  RUNNING: 'running',
  SUCCEEDED: 'ended',
  ABORTED: 'stopped',
};

type StageOfRuns = Pick<OpsStage, 'stage' | 'contract' | 'clientOptions'>;

export const redriveRuns = (stage: StageOfRuns): RedriveRuns => {
  const machine: Machine = { client: new SFNClient(stage.clientOptions), arn: machineArn(stage) };
  return {
    list: () => listExecutions(machine),
    describe: (execution) => describe(machine, execution),
    start: async (store, ratePerSecond, nowMs) => {
      const found = (await listExecutions(machine, 'RUNNING')).findLast((one) => one.store === store.name);
      if (found !== undefined) return { ...found, joined: true };
      const run = `${store.name}-${new Date(nowMs).toISOString().replace(/[-:.Z]/g, '')}`;
      const input = JSON.stringify({ run, execution: 0, page: 0, store, ratePerSecond });
      const started = new StartExecutionCommand({ stateMachineArn: machine.arn, name: `${run}-0`, input });
      await machine.client.send(started).catch(ifItExists);
      return { run, store: store.name, number: 0, joined: false };
    },
    stop: (named) => stop(machine, named),
  };
};

type Machine = { readonly client: SFNClient; readonly arn: string };

const arnOf = ({ arn }: Machine, { run, number }: Execution): string =>
  `${arn.replace(':stateMachine:', ':execution:')}:${run}-${number}`;

const describe = async (machine: Machine, execution: Execution): Promise<RedriveRun> => {
  const { run, store, number } = execution;
  const executionArn = arnOf(machine, execution);
  const { client } = machine;
  const { status = '', input = '', output = '' } = await client.send(new DescribeExecutionCommand({ executionArn }));
  const ended = status === 'SUCCEEDED';
  const { next, ...report } = reportOf(ended ? output : ((await lastStepOf(client, executionArn)) ?? input));
  if (ended && next === 'continue') return describe(machine, { ...execution, number: number + 1 });
  return { run, store, startedAt: startOf(run), status: STATUS[status] ?? 'failed', ...report };
};

const stop = async (machine: Machine, named: string): Promise<readonly string[]> => {
  const stopped = new Set<string>();
  for (let look = 0; look < STOPPING_LOOKS; look += 1) {
    const running = await listExecutions(machine, 'RUNNING');
    const found = running.filter(({ run, store }) => run === named || store === named);
    if (found.length === 0) break;
    for (const one of found) {
      await machine.client.send(new StopExecutionCommand({ executionArn: arnOf(machine, one) })).catch(ifItEnded);
      stopped.add(one.run);
    }
    await sleep(POLL_MILLISECONDS); // a run may just go on in a new execution, and a list may be a moment old
  }
  return [...stopped];
};

/** An execution ends by itself between two calls; what follows it is looked for. */
const ifItEnded = (error: unknown): void => {
  if (!(error instanceof Error && error.name === 'ValidationException')) throw error;
};

/** Waits until a run does not run any more, or until the signal: then it runs on, and this throws. */
export const untilEnded = async (
  { describe }: RedriveRuns,
  execution: Execution,
  signal: AbortSignal,
  onProgress: (run: RedriveRun) => void = () => {},
): Promise<RedriveRun> => {
  for (;;) {
    const run = await describe(execution);
    if (run.status !== 'running') return run;
    onProgress(run);
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
};

const POLL_MILLISECONDS = 1_000;
const STOPPING_LOOKS = 10;

/** The stage's account and region stand in every ARN that it exports. */
const machineArn = ({ contract, stage }: StageOfRuns): string => {
  const [, partition, , region, account] = (contract.get('table/arn') ?? '').split(':');
  return `arn:${partition}:states:${region}:${account}:stateMachine:fanfare-${stage}-redrive`;
};

/** Runs by the last of their executions, the youngest first. */
const listExecutions = async (
  { client, arn: stateMachineArn }: Machine,
  statusFilter?: 'RUNNING',
): Promise<readonly Execution[]> => {
  const last = new Map<string, Execution>();
  const pages = paginateListExecutions({ client }, { stateMachineArn, ...(statusFilter && { statusFilter }) });
  try {
    for await (const { executions = [] } of pages) {
      for (const found of executions.flatMap(({ name = '' }) => executionOf(name) ?? [])) {
        if (found.number >= (last.get(found.run)?.number ?? 0)) last.set(found.run, found);
      }
      if (last.size >= MOST_RUNS) break;
    }
  } catch (error) {
    if (!(error instanceof StateMachineDoesNotExist)) throw error;
    throw new Failure("The state machine of redrives is not there: deploy the service 'redrive'.", { cause: error });
  }
  const youngestFirst = [...last.values()].sort((one, other) => (startOf(one.run) < startOf(other.run) ? 1 : -1));
  return youngestFirst.slice(0, MOST_RUNS);
};

/** The time in the name of a run, as ISO 8601 has it. */
const startOf = (run: string): string =>
  run.slice(-18).replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)(\d{3})$/, '$1-$2-$3:$4:$5.$6Z');

/** The SDK has repeated a call that was done. */
const ifItExists = (error: unknown): void => {
  if (!(error instanceof ExecutionAlreadyExists)) throw error;
};

/** What the last step that has ended handed on; `undefined` before there is one. */
const lastStepOf = async (client: SFNClient, executionArn: string): Promise<string | undefined> => {
  const { events = [] } = await client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 100 }),
  );
  const exits = events.map(({ stateExitedEventDetails }) => stateExitedEventDetails);
  return exits.find((exit) => exit?.name === 'RedriveStep')?.output;
};

const executionData = z.object({ next: z.optional(z.string()), progress: runState.shape.progress });

const reportOf = (text: string) => {
  const { next, progress } = executionData.parse(JSON.parse(text));
  const {
    there = 0,
    done = 0,
    published = 0,
    notDeleted = 0,
    newer = 0,
    failed = [],
    alsoFailed = 0,
    endReason,
  } = progress ?? {};
  return { next, there, done, published, notDeleted, newer, failed, alsoFailed, endReason };
};
