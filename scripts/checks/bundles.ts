import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildFunction } from '../build-function.ts';
import { buildLayer } from '../build-layer.ts';
import { BUNDLE_BUDGET_BYTES, LAYER_PACKAGES } from '../bundle.ts';
import { ROOT } from '../toolchain/folders.mjs';
import type { Template } from './cloudformation.ts';
import type { Report } from './finding.ts';
import { functionsOf } from './lambda-functions.ts';

const PERFORMANCE = 'docs/performance.md';

export type Bundle = { readonly service: string; readonly name: string; readonly bytes: number };

/** Bundles every function as a deployment does, and holds the sizes against the budget. */
export const checkBundles = async (templates: readonly Template[]): Promise<Report> => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-bundles-'));
  try {
    const bundles = await Promise.all(
      templates.flatMap(functionFiles).map(async ({ service, name }) => {
        const artifacts = join(folder, service, name);
        const files = await buildFunction(service, name, artifacts);
        const bytes = files.reduce((sum, file) => sum + statSync(join(artifacts, file)).size, 0);
        return { service, name, bytes };
      }),
    );
    await buildLayer(join(folder, 'layer'));
    const layer = LAYER_PACKAGES.map((name) => ({
      name,
      bytes: statSync(join(folder, 'layer/nodejs/node_modules', name, 'index.mjs')).size,
    }));
    const performance = join(ROOT, PERFORMANCE);
    const { findings, notes = [] } = bundleReport(
      bundles,
      existsSync(performance) ? readFileSync(performance, 'utf8') : '',
    );
    return { findings, notes: [...notes, ...layer.map(({ name, bytes }) => row(`layer ${name}`, bytes))] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A function's handler file and its logical name agree: `post-message` is fanfare-<stage>-post-message. */
const functionFiles = (template: Template): { service: string; name: string }[] =>
  functionsOf(template).flatMap(({ name }) =>
    name === undefined ? [] : [{ service: basename(dirname(template.file)), name }],
  );

/** A function over the budget is named in docs/performance.md, in a list item that gives the reason. */
export const bundleReport = (bundles: readonly Bundle[], performance: string): Report => ({
  findings: bundles
    .filter(({ name, bytes }) => bytes > BUNDLE_BUDGET_BYTES && !isExplained(name, performance))
    .map(({ service, name, bytes }) => ({
      file: `services/${service}/src/handlers/${name}.ts`,
      reason: `its bundle has ${bytes} bytes, more than ${BUNDLE_BUDGET_BYTES}: make it smaller, or give the reason in ${PERFORMANCE} ("- \`${name}\`: ...")`,
    })),
  notes: bundles.map(({ service, name, bytes }) => row(`${service} ${name}`, bytes)),
});

const isExplained = (name: string, performance: string): boolean =>
  performance.split('\n').some((line) => line.startsWith(`- \`${name}\`: `) && line.trim().split(/\s+/).length > 5);

const row = (name: string, bytes: number): string => `${name.padEnd(44)} ${(bytes / 1000).toFixed(1).padStart(7)} KB`;
