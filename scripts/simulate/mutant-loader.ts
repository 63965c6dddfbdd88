import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../toolchain/folders.mjs';
import { MUTATIONS, type Mutation, mutated } from './mutations.ts';

type Simulation = typeof import('./run-seed.ts');

const applied = new Set<string>();

/**
 * Loads the simulation with a mutation of the real code in it. Every module of this repository is loaded once more for it,
 * as `<file>?mutant=<name>`, so that mutants and the real code live side by side in one process. Throws when the mutation's
 * text does not stand in its file exactly once, or its file is not part of the simulation.
 */
export const loadMutant = async ({ name, file }: Mutation): Promise<Simulation> => {
  register();
  const simulation = (await import(`./run-seed.ts?mutant=${name}`)) as Simulation;
  if (!applied.has(name)) throw new Error(`mutation ${name}: the simulation does not load ${file}`);
  return simulation;
};

let isRegistered = false;

const register = (): void => {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context);
      const mutant = mutantOf(context.parentURL);
      const isOurs = resolved.url.startsWith('file:') && !resolved.url.includes('/node_modules/');
      return mutant === undefined || !isOurs ? resolved : { ...resolved, url: `${resolved.url}?mutant=${mutant}` };
    },
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const mutation = MUTATIONS.find(({ name }) => name === mutantOf(url));
      if (mutation === undefined || !isFile(url, mutation)) return loaded;
      applied.add(mutation.name);
      return { ...loaded, source: mutated(String(loaded.source), mutation) };
    },
  });
};

const mutantOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : (URL.parse(url)?.searchParams.get('mutant') ?? undefined);

const isFile = (url: string, { file }: Mutation): boolean => url.split('?')[0] === pathToFileURL(join(ROOT, file)).href;
