import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { hashOf } from '../toolchain/stamp.mjs';

const SOURCE = join(ROOT, 'terraform');

/** Terraform's own memory of an initialised folder; it outlives the state, which dies with the emulator. */
const DATA_FOLDER = '.terraform';

/** The local stage keeps its state in a file beside the configuration. */
const BACKEND_OVERRIDE = 'terraform {\n  backend "local" {}\n}\n';

const PROVIDER_OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n';

/**
 * Copies the root module to a folder of the environment's own, with what makes it run against the emulator.
 * Nothing is left of an earlier run but the downloaded providers. Returns a hash of the configuration.
 */
export const copyTerraform = (folder: string): string => {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) {
    if (entry !== DATA_FOLDER) rmSync(join(folder, entry), { recursive: true, force: true });
  }
  const belongs = (file: string) => !/^(\.terraform|tests|.*\.tfstate.*)$/.test(basename(file));
  cpSync(SOURCE, folder, { recursive: true, filter: belongs });
  writeFileSync(join(folder, 'backend_override.tf'), BACKEND_OVERRIDE);
  writeFileSync(join(folder, 'provider_override.tf'), PROVIDER_OVERRIDE);
  const files = globSync(['**/*.tf', '.terraform.lock.hcl'], { cwd: folder }).sort();
  return hashOf(...files.flatMap((file) => [file, readFileSync(join(folder, file))]));
};

/** Whether a copy was initialised at all. */
export const isInitialised = (folder: string): boolean => existsSync(join(folder, DATA_FOLDER, 'providers'));
