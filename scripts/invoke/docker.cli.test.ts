import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Programs, programs } from '../testing/programs.ts';
import { type Started, start } from '../testing/started.ts';
import { lastLines } from '../toolchain/run.mjs';

jest.setTimeout(60_000);

let machine: Programs;
let started: Started | undefined;

beforeEach(() => {
  machine = programs();
});

afterEach(() => {
  started?.cleanUp();
  machine.cleanUp();
});

/** The Python that the tools were installed with, so that nothing has to be installed. */
const python = () => execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

const sentenceOf = async (): Promise<string> => {
  const env = { PATH: machine.path, FANFARE_PYTHON: python() };
  started = start(['invoke', 'ingest', 'PostMessage', 'post-message'], { env });
  expect(await started.ended).toBe(1);
  expect(started.descendants()).toEqual([]);
  return lastLines(started.output()).join('\n');
};

describe('running a function in a container', () => {
  test('says that Docker is missing', async () => {
    expect(await sentenceOf()).toMatch(/^fanfare: Docker is not on the PATH: install it .+ and run this again\.$/);
  });

  test('says that Docker is not running', async () => {
    machine.fake('docker', 'echo Cannot connect to the Docker daemon; exit 1');
    expect(await sentenceOf()).toBe('fanfare: Docker is installed but not running: start it and run this again.');
  });
});
