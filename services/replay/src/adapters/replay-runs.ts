import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { RunInput, StartReplayPorts } from '../domain/start-replay.ts';

/** The execution's name. AWS keeps it for 90 days after the execution ended, which is as long as the task is kept. */
export const runName = ({ taskId, execution }: Pick<RunInput, 'taskId' | 'execution'>): string =>
  `${taskId}-${execution}`;

/**
 * Starts the state machine under a name that follows from the task. AWS answers a repeat with the execution that runs; one
 * that has ended, and on the emulator any, is told by an error.
 */
export const replayRuns =
  (client: SFNClient, stateMachineArn: string): StartReplayPorts['startRun'] =>
  async (input) => {
    try {
      await client.send(
        new StartExecutionCommand({ stateMachineArn, name: runName(input), input: JSON.stringify(input) }),
      );
      return 'started';
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return 'started-before';
      throw error;
    }
  };
