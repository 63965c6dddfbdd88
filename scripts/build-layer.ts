import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, LAYER_PACKAGES, root } from './bundle.ts';

/**
 * Builds the telemetry layer: `node scripts/build-layer.ts <artifacts folder>`. Each package becomes one bundled ES
 * module under nodejs/node_modules, where Lambda finds it by its bare name. Unbundled packages start slowly: every file
 * that is not read is start-up time saved.
 */
export const buildLayer = async (artifacts: string): Promise<void> => {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  for (const name of LAYER_PACKAGES) {
    const folder = join(artifacts, 'nodejs', 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await build({
      ...BUNDLE,
      stdin: { contents: `export * from '${name}';`, resolveDir: root },
      outfile: join(folder, 'index.mjs'),
    });
    const manifest = { name, version: devDependencies[name], type: 'module', exports: './index.mjs' };
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
};

if (import.meta.main) {
  const [artifacts] = process.argv.slice(2);
  if (artifacts === undefined) {
    console.error('usage: build-layer <artifacts folder>');
    process.exit(2);
  }
  await buildLayer(artifacts);
}
