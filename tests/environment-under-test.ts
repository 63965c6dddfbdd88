import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A running environment, as the script that started it describes it. */
export type EnvironmentUnderTest = {
  readonly stage: string;
  readonly port: number;
  /** The emulator. */
  readonly endpoint: string;
  /** The HTTP API, as the SDK's `serverUrl`. */
  readonly baseUrl: string;
  /** A token of an organisation, and the key it was signed with. */
  readonly token: string;
  readonly signingKey: string;
  /** The process groups of its programs, of which the first is the emulator's. */
  readonly groups: readonly { readonly id: number }[];
};

/** The environment that FANFARE_ENVIRONMENT (the path of an environment.json) names. Throws when there is none. */
export const environmentUnderTest = (): EnvironmentUnderTest => {
  const file = process.env.FANFARE_ENVIRONMENT;
  if (file === undefined) throw new Error('these tests need an environment: run them with `npm test`');
  return JSON.parse(readFileSync(file, 'utf8')) as EnvironmentUnderTest;
};

/** Options for any AWS client of the environment. */
export const clientOptions = () => ({
  endpoint: environmentUnderTest().endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

export const testTableClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions()), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** The value of a contract key, as a deployed service imports it. */
export const contractValue = async (key: string): Promise<string> => {
  const { stage } = environmentUnderTest();
  const { Parameter } = await new SSMClient(clientOptions()).send(
    new GetParameterCommand({ Name: `/fanfare/${stage}/${key}` }),
  );
  if (Parameter?.Value === undefined) throw new Error(`nobody exports ${key}`);
  return Parameter.Value;
};
