import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-make-'));
  const lines = [
    '# Says things.',
    'build-One:',
    '\techo one $(WORD)',
    '\techo two',
    '',
    'build-Bad:',
    '\tfalse',
    '\techo no',
  ];
  writeFileSync(join(folder, 'Makefile'), `${lines.join('\n')}\n`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const make = (target: string) => {
  const program = join(import.meta.dirname, 'make');
  const options = { encoding: 'utf8', env: { ...process.env, WORD: 'and a half' } } as const;
  return spawnSync(program, ['--makefile', join(folder, 'Makefile'), target], options);
};

describe('on a machine without make', () => {
  test('a target runs its commands in order, with variables from the environment', () => {
    const { status, stdout } = make('build-One');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'echo one and a half\none and a half\necho two\ntwo\n',
    });
  });

  test('a command that fails ends the target', () => {
    const { status, stdout } = make('build-Bad');
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'false\n' });
  });

  test('a target that is not there is an error', () => {
    expect(make('build-Two').stderr).toBe("make: *** No rule to make target 'build-Two'.  Stop.\n");
  });
});
