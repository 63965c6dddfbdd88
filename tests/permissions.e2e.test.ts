import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { jest } from '@jest/globals';
import { newApplication } from './delivery-target.ts';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';
import { PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);

const lambda = () => new LambdaClient(clientOptions());
const copies: string[] = [];
let tenant: Tenant;
let appId: string;

beforeAll(async () => {
  tenant = await newTenant();
  appId = await newApplication(tenant);
});

afterAll(async () => {
  for (const FunctionName of copies) await lambda().send(new DeleteFunctionCommand({ FunctionName }));
});

const deployed = (name: string) =>
  lambda().send(new GetFunctionCommand({ FunctionName: `fanfare-${environmentUnderTest().stage}-${name}` }));

/** A function with the code and the configuration of POST message, and with the role of a function of the stage. */
const copyWithRoleOf = async (name: string): Promise<string> => {
  const { Code, Configuration } = await deployed('post-message');
  const { Configuration: lender } = await deployed(name);
  const zip = await (await fetch(Code?.Location ?? '')).arrayBuffer();
  const FunctionName = `post-message-as-${name}-${crypto.randomUUID().slice(0, 8)}`;
  await lambda().send(
    new CreateFunctionCommand({
      FunctionName,
      Code: { ZipFile: new Uint8Array(zip) },
      Role: lender?.Role,
      Handler: Configuration?.Handler,
      Runtime: Configuration?.Runtime,
      Timeout: Configuration?.Timeout,
      MemorySize: Configuration?.MemorySize,
      Layers: (Configuration?.Layers ?? []).flatMap(({ Arn }) => (Arn === undefined ? [] : [Arn])),
      Environment: { Variables: Configuration?.Environment?.Variables },
    }),
  );
  copies.push(FunctionName);
  return FunctionName;
};

type Outcome = { readonly failed: boolean; readonly told: string };

/** Posts a message through a function, as the API would. */
const postThrough = async (FunctionName: string): Promise<Outcome> => {
  const event = {
    version: '2.0',
    routeKey: 'POST /api/v1/app/{app_id}/msg',
    rawPath: `/api/v1/app/${appId}/msg`,
    rawQueryString: '',
    headers: { authorization: `Bearer ${tenant.token}`, 'content-type': 'application/json' },
    pathParameters: { app_id: appId },
    requestContext: { requestId: crypto.randomUUID(), http: { method: 'POST', path: `/api/v1/app/${appId}/msg` } },
    body: '{"eventType":"a","payload":{}}',
    isBase64Encoded: false,
  };
  const answer = await lambda().send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return { failed: answer.FunctionError !== undefined, told: Buffer.from(answer.Payload ?? []).toString('utf8') };
};

describe('the permissions of a function', () => {
  test('are enforced: the same code cannot save a message with a role that lacks dynamodb:PutItem', async () => {
    const allowed = await postThrough(await copyWithRoleOf('post-message'));
    expect(allowed.failed).toBe(false);
    expect(JSON.parse(allowed.told)).toMatchObject({ statusCode: 202 });

    // It reads what POST message reads, and writes nothing.
    const denied = await postThrough(await copyWithRoleOf('history-api'));
    expect(denied.failed).toBe(true);
    expect(denied.told).toMatch(/is not authorized to perform: dynamodb:PutItem/);
    expect((await tenant.svix.message.list(appId)).data).toHaveLength(1);
  });
});
