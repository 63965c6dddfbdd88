import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import { type ContractValues, contractValues } from './contract-values.ts';
import { type FailureStore, failureStores } from './failure-stores.ts';
import { type OpsTarget, opsTarget, type TargetOptions } from './ops-target.ts';
import { deadLetterArnOf, urlOfQueue } from './queues.ts';

/** A stage as operations reach it. */
export type OpsStage = OpsTarget & {
  readonly contract: ContractValues;
  readonly stores: readonly FailureStore[];
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly lambda: LambdaClient;
};

/** Finds the stage that the options name, what it exports and where it keeps what failed. */
export const openStage = async (options: TargetOptions): Promise<OpsStage> => {
  const target = opsTarget(options);
  const sqs = new SQSClient(target.clientOptions);
  const contract = await contractValues(target);
  const stores = await failureStores(
    contract,
    (name) => urlOfQueue(sqs, name),
    (url) => deadLetterArnOf(sqs, url),
  );
  return {
    ...target,
    contract,
    stores,
    sqs,
    s3: new S3Client({ ...target.clientOptions, forcePathStyle: true }),
    lambda: new LambdaClient(target.clientOptions),
  };
};

/** The store of this name. */
export const storeNamed = ({ stores }: Pick<OpsStage, 'stores'>, name: string): FailureStore => {
  const found = stores.find((store) => store.name === name);
  if (found !== undefined) return found;
  throw new Failure(`There is no store '${name}': the stores are ${stores.map((store) => store.name).join(', ')}.`, {
    exitCode: EXIT_USAGE,
  });
};

/** The names of the functions that an event source feeds. */
export const readersOf = async (lambda: LambdaClient, sourceArn: string): Promise<readonly string[]> => {
  const names = new Set<string>();
  for await (const page of paginateListEventSourceMappings({ client: lambda }, { EventSourceArn: sourceArn })) {
    for (const { FunctionArn = '' } of page.EventSourceMappings ?? []) {
      const name = FunctionArn.split(':')[6];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names].sort();
};
