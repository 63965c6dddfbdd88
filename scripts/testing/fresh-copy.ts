import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';

/** A copy of the scripts and the lock file, with nothing installed. */
export const freshCopy = (): { readonly root: string; readonly cleanUp: () => void } => {
  const root = mkdtempSync(join(tmpdir(), 'fanfare-copy-'));
  for (const name of ['scripts', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  }
  return { root, cleanUp: () => rmSync(root, { recursive: true, force: true }) };
};
