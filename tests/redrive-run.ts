import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';
import { eventually } from './eventually.ts';
import { opsJson } from './ops-command.ts';

/** A redrive as `ops dlq status --json` shows it. */
export type ShownRun = {
  readonly run: string;
  readonly store: string;
  readonly status: string;
  readonly there: number;
  readonly done: number;
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
};

export const statusOf = (named: string): Promise<ShownRun> => opsJson<ShownRun>('dlq', 'status', named);

/** Starts a redrive and does not wait for its end. */
export const startRedrive = (store: string, ratePerSecond: number): Promise<ShownRun> =>
  opsJson<ShownRun>('dlq', 'redrive', store, '--detach', '--rate', String(ratePerSecond));

export const untilDone = (run: string, count: number): Promise<ShownRun> =>
  eventually(`${count} redriven by ${run}`, async () => {
    const shown = await statusOf(run);
    return shown.done >= count ? shown : undefined;
  });

export const untilRunEnded = (run: string): Promise<ShownRun> =>
  eventually(`the end of ${run}`, async () => {
    const shown = await statusOf(run);
    return shown.status === 'running' ? undefined : shown;
  });

/** Starts a run whose first execution has taken this many steps already. */
export const runFrom = async (
  store: { readonly name: string },
  page: number,
  ratePerSecond: number,
): Promise<string> => {
  const run = `${store.name}-${new Date().toISOString().replace(/[-:.Z]/g, '')}`;
  const { stage } = environmentUnderTest();
  await new SFNClient(clientOptions()).send(
    new StartExecutionCommand({
      stateMachineArn: `arn:aws:states:us-east-1:000000000000:stateMachine:fanfare-${stage}-redrive`,
      name: `${run}-0`,
      input: JSON.stringify({ run, execution: 0, page, store, ratePerSecond }),
    }),
  );
  return run;
};
