import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { BUNDLE, BUNDLE_BUDGET_BYTES, LAYER_PACKAGES, root } from './bundle.ts';

/**
 * Bundles one function: `node scripts/build-function.ts <service> <function-in-kebab-case> <artifacts folder>`.
 * Each service's Makefile calls it for `sam build`, so that no build ever asks a public registry for a private name.
 * What a function imports while it runs from a file `*.lazy.ts` is a bundle of its own beside index.mjs: it shares no code
 * with it, as shared code is loaded at the start, with all that only one of the two needs. A function that would be over the
 * budget is split: whatever else it imports while it runs stands in files beside index.mjs too, and is loaded when it is
 * needed. Answers the names of the files that are loaded at the start.
 */
export const buildFunction = async (service: string, name: string, artifacts: string): Promise<readonly string[]> => {
  await mkdir(artifacts, { recursive: true });
  const lazy = new Map<string, string>();
  const options = {
    ...BUNDLE,
    plugins: [apart(lazy), ...BUNDLE.plugins],
    entryPoints: { index: join(root, 'services', service, 'src', 'handlers', `${name}.ts`) },
    outdir: artifacts,
    outExtension: { '.js': '.mjs' },
    external: LAYER_PACKAGES,
    alias: { '@aws-sdk/credential-provider-node': join(root, 'packages/core/src/aws/credential-provider.ts') },
  } satisfies BuildOptions;
  const whole = await build({ ...options, write: false });
  if (lazy.size > 0) await build({ ...options, entryPoints: Object.fromEntries(lazy) });
  const [bundle] = whole.outputFiles;
  if (bundle !== undefined && bundle.contents.length <= BUNDLE_BUDGET_BYTES) {
    await writeFile(bundle.path, bundle.contents);
    return [basename(bundle.path)];
  }
  const { metafile } = await build({ ...options, splitting: true, chunkNames: 'part-[hash]', metafile: true });
  return filesAtStart(metafile.outputs);
};

/** Leaves out what is imported from `*.lazy.ts` at run time, and collects it: name of the file to come, and its source. */
const apart = (lazy: Map<string, string>): Plugin => ({
  name: 'lazy-files-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\.lazy\.ts$/ }, ({ path, resolveDir, kind }) => {
      if (kind !== 'dynamic-import') return undefined;
      const name = basename(path, '.ts');
      lazy.set(name, join(resolveDir, path));
      return { path: `./${name}.mjs`, external: true };
    });
  },
});

/** The entry, and every file that is imported before it runs. */
const filesAtStart = (outputs: Metafile['outputs']): readonly string[] => {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && path in outputs) load(path);
    }
  };
  const entry = Object.keys(outputs).find((file) => basename(file) === 'index.mjs');
  if (entry !== undefined) load(entry);
  return [...loaded].map((file) => basename(file));
};

if (import.meta.main) {
  const [service, name, artifacts] = process.argv.slice(2);
  if (service === undefined || name === undefined || artifacts === undefined) {
    console.error('usage: build-function <service> <function> <artifacts folder>');
    process.exit(2);
  }
  await buildFunction(service, name, artifacts);
}
