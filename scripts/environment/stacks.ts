import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import { ROOT } from '../toolchain/folders.mjs';

/** One template, built and deployed by itself. */
export type Stack = { readonly name: string; readonly folder: string };

/** Publishes the layers that every service imports, so it is deployed before them. */
export const PLATFORM: Stack = { name: 'platform', folder: ROOT };

/** Every service there is: one folder each in services/ that holds a template. */
export const services = (): readonly Stack[] =>
  globSync('services/*/template.yaml', { cwd: ROOT })
    .map((file) => basename(join(file, '..')))
    .sort()
    .map((name) => ({ name, folder: join(ROOT, 'services', name) }));

/** The stack of this name. */
export const stackNamed = (name: string): Stack => {
  const all = [...services(), PLATFORM];
  const found = all.find((stack) => stack.name === name);
  if (found !== undefined) return found;
  throw new Failure(`There is no service '${name}': the services are ${all.map((stack) => stack.name).join(', ')}.`, {
    exitCode: EXIT_USAGE,
  });
};
