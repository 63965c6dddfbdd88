import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../toolchain/failure.mjs';
import { STATE_FOLDER } from '../toolchain/folders.mjs';
import { holdingLock } from '../toolchain/install-lock.mjs';
import { lastLines, run, runOrFail } from '../toolchain/run.mjs';
import { hashOf, isStamped, stamp } from '../toolchain/stamp.mjs';
import { emulatedAwsVariables, LOCAL_STAGE } from './emulated-aws.ts';
import { type LockedProvider, lockedProviders } from './locked-providers.ts';
import { findProviderMirror } from './provider-mirror.ts';
import { copyTerraform, isInitialised } from './terraform-copy.ts';

/** More than Terraform's ten: most resources here are parameters, which take no time of their own. */
const PARALLELISM = 32;

/**
 * Prepares a copy of terraform/ in the environment's folder and returns it, ready to be applied. Providers come
 * from a mirror on this machine or from the registry, and have to be those of the committed lock file.
 */
export const initTerraform = async (environmentFolder: string, signal: AbortSignal): Promise<string> => {
  const folder = join(environmentFolder, 'terraform');
  const configuration = copyTerraform(folder);
  const providers = lockedProviders(join(folder, '.terraform.lock.hcl'));
  const mirror = findProviderMirror(providers, process.env.FANFARE_PROVIDER_MIRROR);
  const stampFile = join(folder, '.terraform', 'fanfare-init');
  const hash = hashOf(configuration, mirror ?? '');
  if (isInitialised(folder) && isStamped(stampFile, hash)) return folder;
  const cache = join(STATE_FOLDER, 'terraform-plugins');
  mkdirSync(cache, { recursive: true });
  const args = ['init', '-input=false', '-no-color', '-lockfile=readonly'];
  const source = mirror === undefined ? { TF_PLUGIN_CACHE_DIR: cache } : {};
  const result = await holdingLock(join(STATE_FOLDER, 'terraform-init.lock'), { signal, onWait: () => {} }, () =>
    run('terraform', mirror === undefined ? args : [...args, `-plugin-dir=${mirror}`], {
      cwd: folder,
      signal,
      env: { ...withoutRegistryPatience(), ...source },
    }),
  );
  if (result.kind !== 'exited' || result.code !== 0) {
    throw initFailure(result.kind === 'not-found' ? '' : result.output, providers, mirror);
  }
  stamp(stampFile, hash);
  return folder;
};

/** An unreachable registry is told at once instead of after several tries of many seconds. */
const withoutRegistryPatience = (): NodeJS.ProcessEnv => ({
  ...process.env,
  TF_REGISTRY_DISCOVERY_RETRY: '0',
  TF_REGISTRY_CLIENT_TIMEOUT: '15',
});

const initFailure = (output: string, providers: readonly LockedProvider[], mirror: string | undefined): Failure => {
  const names = providers.map(({ source, version }) => `${source} ${version}`).join(', ');
  const details = lastLines(output.replace(/^[╷│╵]\s?/gm, ''), 6);
  const isUnreachable = /registry|provider packages|install provider|could not connect/i.test(output);
  if (mirror === undefined && isUnreachable) {
    return new Failure(
      `Terraform cannot get ${names}: no registry can be reached and this machine has no mirror; connect to registry.terraform.io, or set FANFARE_PROVIDER_MIRROR to a folder laid out as a provider mirror.`,
      { details },
    );
  }
  return new Failure("'terraform init' failed; the lines above say why.", { details });
};

/** Applies the long-lived infrastructure. Most of its time is the provider's own wait of 25 s after each queue. */
export const applyTerraform = async (folder: string, endpoint: string, signal: AbortSignal): Promise<void> => {
  await runOrFail(
    "'terraform apply' failed",
    'terraform',
    [
      'apply',
      '-auto-approve',
      '-input=false',
      '-no-color',
      `-parallelism=${PARALLELISM}`,
      `-var-file=stages/${LOCAL_STAGE}.tfvars`,
    ],
    { cwd: folder, env: emulatedAwsVariables(endpoint), signal, logFile: join(folder, '..', 'terraform.log') },
  );
};
