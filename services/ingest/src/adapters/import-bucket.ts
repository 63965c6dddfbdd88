import type { ImportedObjects } from './imported-objects.ts';

/** The bucket of imports. Its client stands in a file of its own: with it the function would be over the size of a bundle. */
export const importBucket = (bucket: string): ImportedObjects => {
  let opened: Promise<ImportedObjects> | undefined;
  const open = (): Promise<ImportedObjects> => {
    opened ??= import('./open-imports.lazy.ts').then(({ openImports }) => openImports(bucket));
    return opened;
  };
  return {
    findFile: async (key) => (await open()).findFile(key),
    open: async (file, offset) => (await open()).open(file, offset),
    readRejected: async (key) => (await open()).readRejected(key),
    writeRejected: async (key, text, seen) => (await open()).writeRejected(key, text, seen),
    putReport: async (key, report) => (await open()).putReport(key, report),
  };
};
