import { registerHooks } from 'node:module';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Makes `import` look into NODE_PATH when a package is found nowhere else. The managed runtime does so since
 * Node.js 18; plain Node.js looks there for `require` alone.
 */
const parents = (process.env.NODE_PATH ?? '')
  .split(delimiter)
  .map((folder) => pathToFileURL(join(folder, '..', 'importer.mjs')).href);

registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const attempts = [context.parentURL, ...parents];
    /** @type {unknown} */
    let firstError;
    for (const parentURL of attempts) {
      try {
        return nextResolve(specifier, { ...context, parentURL });
      } catch (error) {
        firstError ??= error;
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      }
    }
    throw firstError;
  },
});
