import { clientOptions, emulatedAwsVariables, LOCAL_STAGE, toolVariables } from './emulated-aws.ts';

/** Where stacks are deployed to, and which environment variables take the tools there. */
export type DeployTarget = {
  readonly stage: string;
  readonly variables: NodeJS.ProcessEnv;
  /** Of the AWS clients of this process. */
  readonly clientOptions: Partial<ReturnType<typeof clientOptions>>;
  /** Where packages are uploaded to, when not to the bucket that SAM manages itself. */
  readonly bucket?: string;
};

/** Uploads of stacks that are deployed side by side must not each try to create SAM's own bucket. */
export const LOCAL_BUCKET = 'fanfare-local-packages';

export const emulatedTarget = (endpoint: string): DeployTarget => ({
  stage: LOCAL_STAGE,
  variables: emulatedAwsVariables(endpoint),
  clientOptions: clientOptions(endpoint),
  bucket: LOCAL_BUCKET,
});

/** A stage in the AWS account of the person's own credentials. */
export const accountTarget = (stage: string): DeployTarget => ({
  stage,
  variables: { ...process.env, ...toolVariables() },
  clientOptions: {},
});
