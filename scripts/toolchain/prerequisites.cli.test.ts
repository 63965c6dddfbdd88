import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freshCopy } from '../testing/fresh-copy.ts';
import { type Programs, programs } from '../testing/programs.ts';
import { type Started, start } from '../testing/started.ts';
import { lastLines } from './run.mjs';

let machine: Programs;
jest.setTimeout(60_000);

let started: Started | undefined;
let copy: ReturnType<typeof freshCopy> | undefined;

beforeEach(() => {
  machine = programs();
});

afterEach(() => {
  started?.cleanUp();
  copy?.cleanUp();
  machine.cleanUp();
});

/** Exit code, and all that was printed when that is a single line: a sentence is to stand alone. */
const resultOf = async (...args: Parameters<typeof start>) => {
  started = start(...args);
  const exitCode = await started.ended;
  expect(started.descendants()).toEqual([]);
  return { exitCode, said: lastLines(started.output()).join('\n') };
};

const onThisMachine = (more: NodeJS.ProcessEnv = {}) => ({ env: { PATH: machine.path, ...more } });

const NEW_PYTHON = 'echo 3.12.4';

describe('a command on a machine that lacks something', () => {
  test('says that Terraform is missing, and where to get it', async () => {
    machine.fake('python3', NEW_PYTHON);
    expect(await resultOf(['demo'], onThisMachine())).toEqual({
      exitCode: 1,
      said: 'fanfare: Terraform is not on the PATH: install Terraform 1.9 or later (https://developer.hashicorp.com/terraform/install) and run this again.',
    });
  });

  test('says that Terraform is too old', async () => {
    machine.fake('python3', NEW_PYTHON).fake('terraform', 'echo Terraform v1.8.5');
    const { exitCode, said } = await resultOf(['demo'], onThisMachine());
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^fanfare: Terraform 1\.8\.5 is too old: install Terraform 1\.9 or later .+\.$/);
  });

  test('says that Python is missing', async () => {
    machine.fake('terraform', 'echo Terraform v1.9.0');
    const { exitCode, said } = await resultOf(['demo'], onThisMachine());
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^fanfare: Python is not on the PATH: install Python 3\.10 or later .+\.$/);
  });

  test('says that Python is too old', async () => {
    machine.fake('terraform', 'echo Terraform v1.9.0').fake('python3', 'echo 3.9.18');
    const { exitCode, said } = await resultOf(['demo'], onThisMachine());
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^fanfare: Python 3\.9\.18 is too old: install Python 3\.10 or later .+\.$/);
  });

  test('says which package brings the venv module that Debian leaves out of Python', async () => {
    machine.fake('terraform', 'echo Terraform v1.9.0').fake('python3', 'echo 3.11.2; exit 1');
    const { exitCode, said } = await resultOf(['demo'], onThisMachine());
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^fanfare: Python 3\.11\.2 has no venv module: .+apt-get install python3\.11-venv.+\.$/);
  });

  test('passes over a Python that is too old for a newer one', async () => {
    machine.fake('terraform', 'echo Terraform v1.8.5');
    machine.fake('python3', 'echo 3.9.18').fake('python3.12', NEW_PYTHON);
    expect((await resultOf(['demo'], onThisMachine())).said).toMatch(/^fanfare: Terraform 1\.8\.5 is too old/);
  });

  test('says that npm is missing when packages have to be installed', async () => {
    copy = freshCopy();
    const { exitCode, said } = await resultOf(['down'], { ...onThisMachine(), root: copy.root });
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^fanfare: npm is not on the PATH: .+\.$/);
  });

  test('shows why npm failed', async () => {
    copy = freshCopy();
    machine.fake('npm', '[ "$1" = ci ] || exit 0; echo npm error network; exit 7');
    const { exitCode, said } = await resultOf(['down'], { ...onThisMachine(), root: copy.root });
    expect(exitCode).toBe(1);
    expect(said).toContain('  | npm error network');
    expect(said).toMatch(/\nfanfare: Installing the npm packages failed: .+\.$/);
  });

  test('says that npm left the binary of Node 24 out', async () => {
    copy = freshCopy();
    mkdirSync(join(copy.root, 'node_modules'));
    machine.fake('npm', 'exit 0');
    const { exitCode, said } = await resultOf(['down'], { ...onThisMachine(), root: copy.root });
    expect(exitCode).toBe(1);
    expect(said).toMatch(/fanfare: The npm package 'node' came without its binary: .+install scripts\.$/);
  });

  test('says that Node.js is too old', async () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })';
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
    const { exitCode, said } = await resultOf(['demo'], { nodeArgs });
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^fanfare: Node\.js 18\.20\.4 is too old: install Node\.js 20 or later .+\.$/);
  });
});

describe('an installation', () => {
  test('that is interrupted leaves nothing running and no lock', async () => {
    machine.fake('terraform', 'echo Terraform v1.9.0');
    machine.fake('python3', 'if [ "$1" = -c ]; then echo 3.12.4; else sleep 60; fi');
    const tools = join(machine.path, 'tools');
    started = start(['demo'], onThisMachine({ FANFARE_TOOLS_DIR: tools }));
    await started.untilPrinted('… Install Python packages: sam');
    started.signal('SIGINT');
    expect(await started.ended).toBe(130);
    expect(lastLines(started.output()).at(-1)).toMatch(/^fanfare: Interrupted; nothing is left running/);
    expect(started.descendants()).toEqual([]);
    expect(existsSync(join(tools, 'python.lock'))).toBe(false);
  });

  test('waits for one that another process is doing', async () => {
    machine.fake('terraform', 'echo Terraform v1.9.0').fake('python3', NEW_PYTHON);
    const tools = join(machine.path, 'tools');
    mkdirSync(tools);
    writeFileSync(join(tools, 'python.lock'), String(process.pid));
    started = start(['demo'], onThisMachine({ FANFARE_TOOLS_DIR: tools }));
    await started.untilPrinted(`waiting for process ${process.pid}, which is installing the same packages`);
    started.signal('SIGTERM');
    expect(await started.ended).toBe(143);
  });

  test('takes over the lock of a process that is dead', async () => {
    machine.fake('terraform', 'echo Terraform v1.9.0');
    machine.fake('python3', 'if [ "$1" = -c ]; then echo 3.12.4; else echo no disk; exit 1; fi');
    const tools = join(machine.path, 'tools');
    mkdirSync(tools);
    writeFileSync(join(tools, 'python.lock'), '999999999');
    const { exitCode, said } = await resultOf(['demo'], onThisMachine({ FANFARE_TOOLS_DIR: tools }));
    expect(exitCode).toBe(1);
    expect(said).toContain('  | no disk');
  });
});
