import { builtinModules } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { unnamedErrors } from './unnamed-errors.ts';

export const root = resolve(dirname(import.meta.dirname));

/** What the telemetry layer holds, and every function therefore leaves out of its own bundle. */
export const LAYER_PACKAGES = ['logger', 'metrics', 'tracer'].map((name) => `@aws-lambda-powertools/${name}`);

/** What loading a function may cost at its start. Telemetry is in the layer and does not count. */
export const BUNDLE_BUDGET_BYTES = 400_000;

const BUILTINS = new Set(builtinModules);

/**
 * Takes Node's own modules with `process.getBuiltinModule`. An `import` of one reads every property of it to make the
 * namespace, getters included, and those load things nobody asked for: `node:http` brings a WebSocket client along,
 * `node:process` opens the standard streams. It saves a fifth of a function's start-up time (`npm run bench`).
 */
const builtinsAsTheyAre: Plugin = {
  name: 'builtins-as-they-are',
  setup: (build) => {
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)*$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '');
      return BUILTINS.has(name) ? { path: name, namespace: 'builtin' } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** One minified ES module for Lambda's Node.js 24. */
export const BUNDLE = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  plugins: [builtinsAsTheyAre, unnamedErrors],
  legalComments: 'none',
  logLevel: 'error',
} satisfies BuildOptions;
