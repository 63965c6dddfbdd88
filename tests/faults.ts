import { readFileSync } from 'node:fs';
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { AwsCall } from '../scripts/chaos/aws-call.ts';
import type { Fault } from '../scripts/chaos/fault-plan.ts';
import { injector } from '../scripts/chaos/injector.ts';
import { startWire } from '../scripts/chaos/wire.ts';
import { workersOf } from '../scripts/chaos/worker-process.ts';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';

/** Which calls of a function meet a fault: those of an operation whose body holds a text, once so many have passed. */
export type Trouble = {
  readonly operation: string;
  readonly about: string;
  readonly fault: Fault;
  readonly after?: number;
  /** How many meet it, tries of the SDK included; all of them where this is left out. */
  readonly times?: number;
};

/** A deployed function whose calls of AWS, but those of queues, go over a wire of this test. */
export type TroubledFunction = {
  /** From now on such calls meet the fault, and no others. Answers how many did so far. */
  readonly meet: (trouble: Trouble) => () => number;
  /** From now on every call passes. */
  readonly calm: () => void;
  /** Leads the function's calls where they went before. */
  readonly giveBack: () => Promise<void>;
};

const ALIAS = 'live';

/** Publishes a version of a function that finds AWS behind a wire, and has its callers use that one. */
export const troubled = async (name: string): Promise<TroubledFunction> => {
  const { stage, port } = environmentUnderTest();
  const FunctionName = `fanfare-${stage}-${name}`;
  const lambda = new LambdaClient(clientOptions());
  const wire = await startWire({ target: { port } });
  const { Environment: { Variables = {} } = {} } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName }),
  );
  const { FunctionVersion: before } = await lambda.send(new GetAliasCommand({ FunctionName, Name: ALIAS }));
  const use = async (FunctionVersion: string | undefined) =>
    lambda.send(new UpdateAliasCommand({ FunctionName, Name: ALIAS, FunctionVersion }));
  const configure = async (variables: Record<string, string>) =>
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: variables } }));

  await configure({ ...Variables, AWS_ENDPOINT_URL: wire.endpoint });
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
  await use(Version);
  return {
    meet: (trouble) => {
      const chosen = chosenCalls(trouble);
      let met = 0;
      const note = () => {
        met += 1;
      };
      wire.intercept((exchange) => {
        const fault = chosen(exchange.call) ? trouble.fault : undefined;
        return injector(() => fault, workersOf(emulatorGroup()), note)(exchange);
      });
      return () => met;
    },
    calm: () => wire.intercept(undefined),
    giveBack: async () => {
      wire.intercept(undefined);
      await configure(Variables);
      await use(before);
      await wire.stop();
    },
  };
};

const chosenCalls = ({ operation, about, after = 0, times = Number.POSITIVE_INFINITY }: Trouble) => {
  let seen = 0;
  return (call: AwsCall): boolean => {
    if (call.operation !== operation || !call.body.includes(about)) return false;
    seen += 1;
    return seen > after && seen <= after + times;
  };
};

/** The emulator's process group, in which functions run. */
const emulatorGroup = (): number => {
  const { groups } = JSON.parse(readFileSync(process.env.FANFARE_ENVIRONMENT ?? '', 'utf8')) as {
    readonly groups: readonly { readonly id: number }[];
  };
  return groups[0]?.id ?? 0;
};
