import { type Environment, type StartOptions, startEnvironment } from '../environment/environment.ts';
import { freePort } from '../environment/port.ts';
import { startWire, type Wire } from './wire.ts';

/** An environment whose functions reach AWS over a wire of ours. Nothing happens on it until somebody intercepts. */
export type WiredEnvironment = Environment & { readonly wire: Wire };

export const startWiredEnvironment = async (
  options: Omit<StartOptions, 'port' | 'functionsEndpoint'>,
): Promise<WiredEnvironment> => {
  const port = await freePort();
  const wire = await startWire({ target: { port } });
  try {
    const environment = await startEnvironment({ ...options, port, functionsEndpoint: wire.endpoint });
    const stop = async () => {
      await environment.stop();
      await wire.stop();
    };
    return { ...environment, wire, stop };
  } catch (error) {
    await wire.stop();
    throw error;
  }
};
