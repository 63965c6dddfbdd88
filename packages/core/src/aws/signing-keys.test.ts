import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { signingKeys } from './signing-keys.ts';

const ssm = mockClient(SSMClient);
const one = 'a'.repeat(32);
const other = 'b'.repeat(32);
const bytes = (text: string) => new TextEncoder().encode(text);
const put = (Value: string) => ssm.on(GetParameterCommand).resolves({ Parameter: { Value } });

beforeEach(() => {
  ssm.reset();
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
});
afterEach(() => jest.useRealTimers());

test('the parameter is read decrypted, and not again within a minute', async () => {
  put(one);
  const keys = signingKeys('/fanfare/dev/secret/api-signing-keys');
  await expect(keys()).resolves.toEqual([bytes(one)]);
  jest.setSystemTime(Date.now() + 59_000);
  await keys();
  expect(ssm.commandCalls(GetParameterCommand).map(({ args }) => args[0].input)).toEqual([
    { Name: '/fanfare/dev/secret/api-signing-keys', WithDecryption: true },
  ]);
});

test('a key that was exchanged is known after a minute', async () => {
  put(one);
  const keys = signingKeys('exchanged');
  await keys();
  put(`${other},${one}`);
  jest.setSystemTime(Date.now() + 61_000);
  await expect(keys()).resolves.toEqual([bytes(other), bytes(one)]);
});

test('while the placeholder stands nothing can be verified', async () => {
  put('placeholder');
  await expect(signingKeys('not-put-yet')()).rejects.toThrow('none has been put yet');
});
