import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { Failure } from '../toolchain/failure.mjs';
import type { LockedProvider } from './locked-providers.ts';

/** Set to a mirror's folder, or to this word for going to the registry whatever is on the machine. */
const REGISTRY_ONLY = 'registry';

const PLATFORM = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/**
 * Finds a folder on this machine that holds every locked provider, laid out as Terraform's `filesystem_mirror`,
 * so that no registry has to be reachable. Undefined when there is none.
 */
export const findProviderMirror = (
  providers: readonly LockedProvider[],
  wanted: string | undefined,
  candidates: () => readonly string[] = usualFolders,
): string | undefined => {
  if (wanted === REGISTRY_ONLY) return undefined;
  const holdsAll = (folder: string) => providers.every((provider) => holds(folder, provider));
  if (wanted === undefined) return candidates().find(holdsAll);
  if (holdsAll(wanted)) return wanted;
  const names = providers.map(({ source, version }) => `${source} ${version}`).join(', ');
  throw new Failure(
    `FANFARE_PROVIDER_MIRROR names ${wanted}, which does not hold ${names} for ${PLATFORM}: correct it, or unset it.`,
  );
};

/** Unpacked (a folder per platform) or packed (a zip file per platform). */
const holds = (folder: string, { source, version }: LockedProvider): boolean => {
  const type = basename(source);
  return (
    existsSync(join(folder, source, version, PLATFORM)) ||
    existsSync(join(folder, source, `terraform-provider-${type}_${version}_${PLATFORM}.zip`))
  );
};

/** Where Terraform itself looks, and any folder directly under /opt. */
const usualFolders = (): readonly string[] => [
  join(homedir(), '.terraform.d/plugins'),
  join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'terraform/plugins'),
  join(homedir(), 'Library/Application Support/io.terraform/plugins'),
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  ...foldersIn('/opt'),
];

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(folder, entry.name))
    : [];
