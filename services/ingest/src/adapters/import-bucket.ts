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
    readRejected: async (file, part) => (await open()).readRejected(file, part),
    writeRejected: async (file, part, text, seen) => (await open()).writeRejected(file, part, text, seen),
    putReport: async (file, report) => (await open()).putReport(file, report),
  };
};
