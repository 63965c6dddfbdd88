import { Failure } from '../toolchain/failure.mjs';
import { run } from '../toolchain/run.mjs';

/** The image that the SAM CLI runs functions with layers on. */
const baseImage = (architecture: Architecture) => `public.ecr.aws/lambda/nodejs:24-rapid-${architecture}`;

export type Architecture = 'arm64' | 'x86_64';

/** Functions run fastest, and without emulation of a processor, on the architecture of this machine. */
export const machineArchitecture = (): Architecture => (process.arch === 'arm64' ? 'arm64' : 'x86_64');

/** Throws when no container can be run here. */
export const checkDocker = async (signal: AbortSignal): Promise<void> => {
  const result = await run('docker', ['info', '--format', '{{.ServerVersion}}'], { signal });
  if (result.kind === 'exited' && result.code === 0) return;
  const what = result.kind === 'not-found' ? 'Docker is not on the PATH' : 'Docker is installed but not running';
  const advice = result.kind === 'not-found' ? 'install it (https://docs.docker.com/engine/install)' : 'start it';
  throw new Failure(`${what}: ${advice} and run this again.`);
};

/** Whether the image is on this machine, so that no registry has to be asked for it. */
export const imageIsHere = async (architecture: Architecture, signal: AbortSignal): Promise<boolean> => {
  const result = await run('docker', ['image', 'inspect', baseImage(architecture)], { signal });
  return result.kind === 'exited' && result.code === 0;
};

/**
 * The address at which containers find this machine: the bridge's own on Linux. Docker Desktop runs containers in
 * a virtual machine, has a name for it, and leads that name to loopback.
 */
export const hostAddress = async (signal: AbortSignal): Promise<{ name: string; listenOn?: string }> => {
  if (process.platform !== 'linux') return { name: 'host.docker.internal' };
  const result = await run('docker', ['network', 'inspect', 'bridge', '--format', BRIDGE_FORMAT], { signal });
  const address = result.kind === 'exited' ? bridgeAddress(result.output) : undefined;
  if (address === undefined) {
    throw new Failure("Docker's bridge network has no address: restart Docker and run this again.");
  }
  return { name: address, listenOn: address };
};

const BRIDGE_FORMAT = '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{println}}{{end}}';

/** The bridge's own address: its gateway or, where Docker was given none, the first one of its subnet. */
export const bridgeAddress = (subnetAndGateway: string): string | undefined => {
  const [, network, gateway] = /^(\d+\.\d+\.\d+)\.\d+\/\d+ (\S+)?/m.exec(subnetAndGateway) ?? [];
  return gateway ?? (network === undefined ? undefined : `${network}.1`);
};
