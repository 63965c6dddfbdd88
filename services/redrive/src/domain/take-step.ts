import { type MovePorts, moveLetters } from './move-letters.ts';
import { type RedoPorts, redoRecords } from './redo-records.ts';
import type { RunState, StepEnd } from './run-state.ts';

export type StepPorts = MovePorts & RedoPorts;

/** The data of the execution after a step, and what the state machine does next. `continue`: the same in a new execution. */
export type StepTaken = Omit<RunState, 'answered' | 'failure'> & {
  readonly next: StepEnd['next'] | 'continue';
  readonly waitSeconds: number;
  readonly call: object;
};

/** Takes one step of a redrive. After `stepsPerExecution` the next is taken by a new execution, as AWS bounds the history of one. */
export const takeStep = async (state: RunState, stepsPerExecution: number, ports: StepPorts): Promise<StepTaken> => {
  const { run, execution, store, ratePerSecond } = state;
  const ended =
    store.kind === 'dead-letters' ? await moveLetters(state, store, ports) : await redoRecords(state, store, ports);
  const page = state.page + 1;
  const isLong = page >= stepsPerExecution && (ended.next === 'again' || ended.next === 'wait');
  return {
    ...{ run, store, ratePerSecond, progress: ended.progress },
    // The name of the execution that follows is made of it.
    execution: isLong ? execution + 1 : execution,
    page: isLong ? 0 : page,
    next: isLong ? 'continue' : ended.next,
    waitSeconds: ended.next === 'wait' ? ended.waitSeconds : 0,
    call: ended.next === 'call' ? ended.call : {},
  };
};
