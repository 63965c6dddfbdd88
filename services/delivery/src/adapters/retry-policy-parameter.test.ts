import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { retryPolicyParameter } from './retry-policy-parameter.ts';

const ssm = mockClient(SSMClient);
const stale: string[] = [];
const policy = () =>
  retryPolicyParameter('/fanfare/test/settings/retry-schedule', ({ message }) => stale.push(message));
const value = (text: string) => ({ Parameter: { Value: text } });

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  ssm.reset();
  stale.length = 0;
});
afterEach(() => void jest.useRealTimers());

describe('the retry schedule of a stage', () => {
  test('is read once a minute', async () => {
    ssm.on(GetParameterCommand).resolvesOnce(value('[1]')).resolves(value('[2]'));
    const read = policy();
    await read();
    jest.advanceTimersByTime(59_000);
    await expect(read()).resolves.toEqual({ delaysSeconds: [1] });
    jest.advanceTimersByTime(2_000);
    await expect(read()).resolves.toEqual({ delaysSeconds: [2] });
    expect(ssm.calls()).toHaveLength(2);
  });

  test.each([
    ['cannot be read', () => ssm.on(GetParameterCommand).resolvesOnce(value('[1]')).rejects(new Error('throttled'))],
    ['was broken', () => ssm.on(GetParameterCommand).resolvesOnce(value('[1]')).resolves(value('soon'))],
    ['has a wait too many', () => ssm.on(GetParameterCommand).resolvesOnce(value('[1]')).resolves(value('[1, -1]'))],
  ])('stays in force when it %s later, and the log is told', async (_title, prepare) => {
    prepare();
    const read = policy();
    await read();
    jest.advanceTimersByTime(61_000);
    await expect(read()).resolves.toEqual({ delaysSeconds: [1] });
    expect(stale).toHaveLength(1);
  });

  test('that was never read is a failure, which is not final', async () => {
    ssm.on(GetParameterCommand).rejectsOnce(new Error('throttled')).resolves(value('[1]'));
    const read = policy();
    await expect(read()).rejects.toThrow();
    await expect(read()).resolves.toEqual({ delaysSeconds: [1] });
  });
});
