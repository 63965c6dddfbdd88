import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, LAYER_PACKAGES, root } from './bundle.ts';

/**
 * Bundles one function: `node scripts/build-function.ts <service> <function-in-kebab-case> <artifacts folder>`.
 * Each service's Makefile calls it for `sam build`, so that no build ever asks a public registry for a private name.
 */
export const buildFunction = async (service: string, name: string, artifacts: string): Promise<void> => {
  await mkdir(artifacts, { recursive: true });
  await build({
    ...BUNDLE,
    entryPoints: [join(root, 'services', service, 'src', 'handlers', `${name}.ts`)],
    outfile: join(artifacts, 'index.mjs'),
    external: LAYER_PACKAGES,
    alias: { '@aws-sdk/credential-provider-node': join(root, 'packages/core/src/aws/credential-provider.ts') },
  });
};

if (import.meta.main) {
  const [service, name, artifacts] = process.argv.slice(2);
  if (service === undefined || name === undefined || artifacts === undefined) {
    console.error('usage: build-function <service> <function> <artifacts folder>');
    process.exit(2);
  }
  await buildFunction(service, name, artifacts);
}
