import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Description } from './description.ts';

let state: string;
let module: typeof import('./description.ts');

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'fanfare-state-'));
  process.env.FANFARE_STATE_DIR = state;
  module = await import('./description.ts');
});

afterAll(() => rmSync(state, { recursive: true, force: true }));

const sleeper = async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  return { id: child.pid ?? 0, gone: once(child, 'exit') };
};

const describing = (name: string, groups: Description['groups']): Description => ({
  name,
  stage: 'local',
  port: 4567,
  endpoint: 'http://127.0.0.1:4567',
  baseUrl: 'http://127.0.0.1:4567/api',
  orgId: 'org_1',
  token: 'token',
  signingKey: 'key',
  startedAt: '2026-01-01T00:00:00.000Z',
  groups,
  scratchFolder: join(state, 'scratch'),
});

describe('an environment that was described', () => {
  test('is found while its emulator runs, and not after it was stopped', async () => {
    const { id, gone } = await sleeper();
    module.writeDescription(describing('dev', [module.groupOf(id)]));
    const found = module.findEnvironment('dev');
    expect(found?.port).toBe(4567);
    expect(module.runningEnvironments().map(({ name }) => name)).toEqual(['dev']);
    if (found !== undefined) await module.stopEnvironment(found);
    await gone;
    expect(module.findEnvironment('dev')).toBeUndefined();
  });

  test('is not found, and nobody is stopped, when another program got its process id', async () => {
    const { id, gone } = await sleeper();
    const left = describing('demo', [{ id, command: 'ministack' }]);
    module.writeDescription(left);
    expect(module.findEnvironment('demo')).toBeUndefined();
    await module.stopEnvironment(left);
    process.kill(id, 0);
    process.kill(id, 'SIGKILL');
    await gone;
  });
});
