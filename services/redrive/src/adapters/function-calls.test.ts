import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { functionCalls } from './function-calls.ts';

let lambda: Server;
afterEach(() => void lambda.close());

/** Lambda as it answers on the wire: the emulator takes calls of any size. */
const answering = async (status: number, error: string, message: string): Promise<LambdaClient> => {
  lambda = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'x-amzn-errortype': error, 'content-type': 'application/json' });
    response.end(JSON.stringify({ message }));
  });
  await new Promise<void>((resolve) => void lambda.listen(0, '127.0.0.1', resolve));
  return new LambdaClient({
    ...{ endpoint: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
};

test.each([
  [413, 'RequestEntityTooLargeException'],
  [413, 'RequestTooLargeException'],
  [413, 'SerializedRequestEntityTooLargeException'],
  [404, 'ResourceNotFoundException'],
  [400, 'InvalidRequestContentException'],
])('a call that Lambda refuses for good with %d %s is told with its reason', async (status, error) => {
  const callAgain = functionCalls(await answering(status, error, 'it is too large'), 'test');
  await expect(callAgain('ingest-stream', '{}')).resolves.toContain('it is too large');
});

test.each([
  [429, 'TooManyRequestsException'],
  [403, 'AccessDeniedException'],
  [500, 'ServiceException'],
])('a call that may be taken later fails with %d %s', async (status, error) => {
  const callAgain = functionCalls(await answering(status, error, 'not now'), 'test');
  await expect(callAgain('ingest-stream', '{}')).rejects.toThrow('not now');
});
