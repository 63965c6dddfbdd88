import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Clients whose errors no function tells apart by class. */
const CLIENTS = ['kms', 'ssm'] as const;

/**
 * An SDK client registers a class for each error of its whole service, so a bundler has to keep them all: 70 KB for the
 * one call of SSM. This marks the registrations as free of effects, and what nobody imports is left out. An error without
 * a class arrives as the service's base exception, with the same name, message and status; so it is told apart by its
 * name, never with `instanceof`.
 */
export const unmodelledErrors: Plugin = {
  name: 'unmodelled-errors',
  setup: ({ onLoad }) => {
    const schemas = new RegExp(`/@aws-sdk/client-(${CLIENTS.join('|')})/dist-es/schemas/schemas_0\\.js$`);
    onLoad({ filter: schemas }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replaceAll(/^n0_registry\.registerError\(/gm, '/* @__PURE__ */ $&'), loader: 'js' };
    });
  },
};
