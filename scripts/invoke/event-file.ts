import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Stack } from '../environment/stacks.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';

/** The file of an event: a sample of the service by its name, or any file by its path. */
export const eventFile = (service: Stack, name: string): string => {
  const samples = join(service.folder, 'events');
  const found = [join(samples, `${name}.json`), join(samples, name), name].find((file) => existsSync(file));
  if (found !== undefined) return found;
  const known = globSync('*.json', { cwd: samples }).map((file) => basename(file, '.json'));
  throw new Failure(
    `There is no event '${name}': ${service.name} has ${known.sort().join(', ') || 'none'}, and any file can be given by its path.`,
    { exitCode: EXIT_USAGE },
  );
};
