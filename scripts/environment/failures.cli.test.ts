import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type Started, start } from '../testing/started.ts';
import { lastLines } from '../toolchain/run.mjs';
import { freePort, isListening, LOOPBACK } from './port.ts';

jest.setTimeout(120_000);

let started: Started | undefined;
let occupier: Server | undefined;

afterEach(() => {
  started?.cleanUp();
  occupier?.close();
});

/** The last line a person reads, once the run has ended and nothing of it is left. */
const sentenceAtTheEnd = async (port: number): Promise<string> => {
  if (started === undefined) throw new Error('nothing was started');
  await started.ended;
  expect(started.descendants()).toEqual([]);
  expect(await isListening(port)).toBe(false);
  expect(readdirSync(started.scratchFolder)).toEqual([]);
  return lastLines(started.output()).at(-1) ?? '';
};

/** Runs a demo until Terraform is at work, which goes on for a minute. */
const demoInTheMiddleOfItsDeploy = async (): Promise<{ demo: Started; port: number }> => {
  const port = await freePort();
  const demo = start(['demo', '--port', String(port)]);
  started = demo;
  await demo.untilPrinted('… terraform apply');
  return { demo, port };
};

describe('a demo', () => {
  test('on a port that is taken says which option to use', async () => {
    occupier = createServer().listen(0, LOOPBACK);
    await once(occupier, 'listening');
    const { port } = occupier.address() as { port: number };
    started = start(['demo', '--port', String(port)]);
    expect(await started.ended).toBe(1);
    expect(started.descendants()).toEqual([]);
    expect(lastLines(started.output()).at(-1)).toBe(
      `fanfare: Port ${port} is in use by another program: stop it, or choose another port with '-- --port <number>'.`,
    );
  });

  test('without a provider registry and without a mirror says how to get one', async () => {
    const nowhere = `http://${LOOPBACK}:${await freePort()}`;
    const port = await freePort();
    started = start(['demo', '--port', String(port)], {
      env: {
        FANFARE_PROVIDER_MIRROR: 'registry',
        HTTPS_PROXY: nowhere,
        https_proxy: nowhere,
        TF_CLI_CONFIG_FILE: '/dev/null',
      },
    });
    expect(await started.ended).toBe(1);
    expect(await sentenceAtTheEnd(port)).toMatch(
      /^fanfare: Terraform cannot get registry\.terraform\.io\/hashicorp\/aws [\d.]+: no registry can be reached and this machine has no mirror; .+FANFARE_PROVIDER_MIRROR.+\.$/,
    );
  });

  test('with a mirror that lacks the provider says so', async () => {
    const port = await freePort();
    started = start(['demo', '--port', String(port)], { env: { FANFARE_PROVIDER_MIRROR: tmpdir() } });
    expect(await started.ended).toBe(1);
    expect(await sentenceAtTheEnd(port)).toMatch(
      /^fanfare: FANFARE_PROVIDER_MIRROR names .+, which does not hold .+\.$/,
    );
  });

  test('whose emulator is killed during the deploy says so and ends', async () => {
    const { demo, port } = await demoInTheMiddleOfItsDeploy();
    const emulator = demo.descendants().find(({ command }) => /bin\/ministack( |$)/.test(command));
    process.kill(emulator?.pid ?? 0, 'SIGKILL');
    expect(await demo.ended).toBe(1);
    expect(await sentenceAtTheEnd(port)).toMatch(
      /^fanfare: The emulator ended unexpectedly \(SIGKILL\): look into .+emulator\.log .+\.$/,
    );
  });

  test.each([
    ['SIGINT', 130, 'Interrupted'],
    ['SIGTERM', 143, 'Stopped by SIGTERM'],
  ] as const)('that is ended by %s during the deploy leaves nothing running', async (signal, exitCode, how) => {
    const { demo, port } = await demoInTheMiddleOfItsDeploy();
    demo.signal(signal);
    expect(await demo.ended).toBe(exitCode);
    expect(await sentenceAtTheEnd(port)).toBe(
      `fanfare: ${how}; nothing is left running, run the same command to start again.`,
    );
  });
});
