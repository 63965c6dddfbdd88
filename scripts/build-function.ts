import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { BUNDLE, BUNDLE_BUDGET_BYTES, LAYER_PACKAGES, root } from './bundle.ts';

/**
 * Bundles one function: `node scripts/build-function.ts <service> <function-in-kebab-case> <artifacts folder>`.
 * Each service's Makefile calls it for `sam build`, so that no build ever asks a public registry for a private name.
 * A function that would be over the budget is split: what it imports while it runs stands in files of its own beside
 * index.mjs, and is loaded when it is needed. Answers the names of the files that are
 * loaded at the start.
 */
export const buildFunction = async (service: string, name: string, artifacts: string): Promise<readonly string[]> => {
  await mkdir(artifacts, { recursive: true });
  const options = {
    ...BUNDLE,
    entryPoints: { index: join(root, 'services', service, 'src', 'handlers', `${name}.ts`) },
    outdir: artifacts,
    outExtension: { '.js': '.mjs' },
    external: LAYER_PACKAGES,
    alias: { '@aws-sdk/credential-provider-node': join(root, 'packages/core/src/aws/credential-provider.ts') },
  } satisfies BuildOptions;
  const whole = await build({ ...options, write: false });
  const [bundle] = whole.outputFiles;
  if (bundle !== undefined && bundle.contents.length <= BUNDLE_BUDGET_BYTES) {
    await writeFile(bundle.path, bundle.contents);
    return [basename(bundle.path)];
  }
  const { metafile } = await build({ ...options, splitting: true, chunkNames: 'part-[hash]', metafile: true });
  return filesAtStart(metafile.outputs);
};

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
