import { readFileSync } from 'node:fs';

/** A provider that the lock file pins: `registry.terraform.io/hashicorp/aws` and its version. */
export type LockedProvider = { readonly source: string; readonly version: string };

/** Reads the providers of a .terraform.lock.hcl. */
export const lockedProviders = (lockFile: string): readonly LockedProvider[] => {
  const blocks = readFileSync(lockFile, 'utf8').matchAll(/^provider "([^"]+)" \{\s+version\s+= "([^"]+)"/gm);
  return [...blocks].map(([, source = '', version = '']) => ({ source, version }));
};
