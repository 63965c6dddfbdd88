import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findEnvironment, runningEnvironments } from '../environment/description.ts';
import { clientOptions, LOCAL_STAGE } from '../environment/emulated-aws.ts';
import { STAGES } from '../samconfig.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import { ROOT } from '../toolchain/folders.mjs';

/** The stage that an operation is for, and how to reach its account. */
export type OpsTarget = {
  readonly stage: string;
  /** Of any AWS client. Without credentials in it, the client takes those of the person. */
  readonly clientOptions: { readonly region: string } & Partial<ReturnType<typeof clientOptions>>;
};

export type TargetOptions = { readonly env?: string; readonly stage?: string };

/** What every command of `ops` runs against: an environment of this machine, or a stage in an account. */
export const opsTarget = ({ env, stage }: TargetOptions): OpsTarget => {
  if (env !== undefined && stage !== undefined) {
    throw new Failure("Say '--env' or '--stage', not both.", { exitCode: EXIT_USAGE });
  }
  return stage === undefined ? runningTarget(env) : stageTarget(stage);
};

const stageTarget = (stage: string): OpsTarget => {
  const stages = STAGES.filter((name) => name !== LOCAL_STAGE);
  if (!stages.some((name) => name === stage)) {
    throw new Failure(`There is no stage '${stage}' in an account: the stages are ${stages.join(', ')}.`, {
      exitCode: EXIT_USAGE,
    });
  }
  return { stage, clientOptions: { region: regionOf(stage) } };
};

/** A stage lives in one region, which Terraform is told: nobody's own default may lead elsewhere. */
const regionOf = (stage: string): string => {
  const file = `terraform/stages/${stage}.tfvars`;
  const region = /^region\s*=\s*"([a-z0-9-]+)"/m.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1];
  if (region === undefined) throw new Failure(`${file} names no region.`);
  return region;
};

const runningTarget = (env?: string): OpsTarget => {
  const { stage, endpoint } = env === undefined ? theRunningOne() : running(env);
  return { stage, clientOptions: clientOptions(endpoint) };
};

const running = (env: string) => {
  const found = /^[a-z0-9-]+$/.test(env) ? findEnvironment(env) : undefined;
  if (found !== undefined) return found;
  const up = runningEnvironments().map(({ name }) => name);
  throw new Failure(`The environment '${env}' is not up (up: ${up.join(', ') || 'none'}).`);
};

const theRunningOne = () => {
  const all = runningEnvironments();
  const [first, ...others] = all;
  if (first === undefined) {
    throw new Failure("No environment is up: start one with 'npm run dev', or name a stage with '--stage'.");
  }
  if (others.length === 0) return first;
  throw new Failure(
    `More than one environment is up: choose one of ${all.map(({ name }) => name).join(', ')} with '--env'.`,
    {
      exitCode: EXIT_USAGE,
    },
  );
};
