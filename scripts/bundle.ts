import { dirname, resolve } from 'node:path';
import type { BuildOptions } from 'esbuild';

export const root = resolve(dirname(import.meta.dirname));

/** What the telemetry layer holds, and every function therefore leaves out of its own bundle. */
export const LAYER_PACKAGES = ['logger', 'metrics', 'tracer'].map((name) => `@aws-lambda-powertools/${name}`);

/** Bundled CommonJS packages ask for Node's own modules with `require`, which ES modules do not have. */
const REQUIRE =
  "import{createRequire as fanfareRequire}from'node:module';const require=fanfareRequire(import.meta.url);";

/** One minified ES module for Lambda's Node.js 24. */
export const BUNDLE = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  banner: { js: REQUIRE },
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions;
