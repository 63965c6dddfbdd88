import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the PATH that holds exactly the programs it was given. */
export type Programs = {
  readonly path: string;
  /** Makes the machine's own program of this name available. */
  readonly link: (name: string) => Programs;
  /** Makes a shell script of this name. */
  readonly fake: (name: string, script: string) => Programs;
  readonly cleanUp: () => void;
};

/** Starts with the shell and what shell scripts need. */
export const programs = (): Programs => {
  const path = mkdtempSync(join(tmpdir(), 'fanfare-programs-'));
  const self: Programs = {
    path,
    link: (name) => {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(path, name));
      return self;
    },
    fake: (name, script) => {
      writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(path, name), 0o755);
      return self;
    },
    cleanUp: () => rmSync(path, { recursive: true, force: true }),
  };
  return self.link('sh').link('sleep').link('env');
};
