import { type SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import type { Examination } from '../domain/examination.ts';
import type { TestEndpointPorts } from '../domain/test-endpoint.ts';

/** Runs the state machine and waits for it, which is what it is for. Throws when it does not come to a result. */
export const examinations =
  (client: SFNClient, stateMachineArn: string): TestEndpointPorts['examine'] =>
  async (begun) => {
    const { status, output, error } = await client.send(
      new StartSyncExecutionCommand({ stateMachineArn, input: JSON.stringify(begun) }),
    );
    if (status !== 'SUCCEEDED' || output === undefined) throw new Error(`examination: ${status} ${error ?? ''}`.trim());
    return JSON.parse(output) as Examination;
  };
