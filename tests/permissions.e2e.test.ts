import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { jest } from '@jest/globals';
import { newApplication } from './delivery-target.ts';
import { clientOptions, environmentUnderTest } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(PATIENCE_MILLISECONDS);

const lambda = () => new LambdaClient(clientOptions());
const COPY = `copy-of-post-message-${crypto.randomUUID().slice(0, 8)}`;
let tenant: Tenant;
let appId: string;

const deployed = (name: string) =>
  lambda().send(new GetFunctionCommand({ FunctionName: `fanfare-${environmentUnderTest().stage}-${name}` }));

/** A function with the code and the configuration of POST message, which is also allowed the same. */
beforeAll(async () => {
  tenant = await newTenant();
  appId = await newApplication(tenant);
  const { Code, Configuration } = await deployed('post-message');
  const zip = await (await fetch(Code?.Location ?? '')).arrayBuffer();
  await lambda().send(
    new CreateFunctionCommand({
      FunctionName: COPY,
      Code: { ZipFile: new Uint8Array(zip) },
      Role: Configuration?.Role,
      Handler: Configuration?.Handler,
      Runtime: Configuration?.Runtime,
      Timeout: Configuration?.Timeout,
      MemorySize: Configuration?.MemorySize,
      Layers: (Configuration?.Layers ?? []).flatMap(({ Arn }) => (Arn === undefined ? [] : [Arn])),
      Environment: { Variables: Configuration?.Environment?.Variables },
    }),
  );
});

afterAll(async () => {
  await lambda().send(new DeleteFunctionCommand({ FunctionName: COPY }));
});

type Outcome = { readonly failed: boolean; readonly told: string };

/** Posts a message through the copy, as the API would. */
const post = async (): Promise<Outcome> => {
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
  const answer = await lambda().send(new InvokeCommand({ FunctionName: COPY, Payload: JSON.stringify(event) }));
  const told = Buffer.from(answer.Payload ?? []).toString('utf8');
  return { failed: answer.FunctionError !== undefined, told };
};

describe('the permissions of a function', () => {
  test('are enforced: without dynamodb:PutItem in its role the same code cannot accept a message', async () => {
    const allowed = await post();
    expect(allowed.failed).toBe(false);
    expect(JSON.parse(allowed.told)).toMatchObject({ statusCode: 202 });

    // The role of a function that only reads.
    const reader = (await deployed('history-api')).Configuration?.Role;
    await lambda().send(new UpdateFunctionConfigurationCommand({ FunctionName: COPY, Role: reader }));
    const denied = await eventually('a call with the other role', async () => {
      const outcome = await post();
      return outcome.failed ? outcome : undefined;
    });
    expect(denied.told).toMatch(/AccessDenied/);
    expect(denied.told).toMatch(/dynamodb:PutItem/);
    expect((await tenant.svix.message.list(appId)).data).toHaveLength(1);
  });
});
