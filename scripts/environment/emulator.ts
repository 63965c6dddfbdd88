import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../toolchain/failure.mjs';
import { NODE_24 } from '../toolchain/folders.mjs';
import { releaseGroup, stopGroup, trackGroup } from '../toolchain/process-group.mjs';
import { programsOf } from '../toolchain/python-environments.mjs';
import { lastLines } from '../toolchain/run.mjs';
import { endpointOf, withoutAwsVariables } from './emulated-aws.ts';
import { isListening, LOOPBACK } from './port.ts';

export type Emulator = {
  readonly pid: number;
  readonly port: number;
  readonly endpoint: string;
  readonly logFile: string;
  /** Where it unpacks functions. Outside the repository: inside, they would find packages that they did not bring. */
  readonly scratchFolder: string;
  /** Stops it with the functions it runs. */
  readonly stop: () => Promise<void>;
  /** Lets it live on after this process. */
  readonly keep: () => void;
};

const START_LIMIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 50;

/**
 * Starts the AWS emulator on a port of loopback, with IAM enforced and API calls recorded. When it ends by itself
 * later, `controller` aborts with the sentence that says so: no step goes on talking to nobody. Functions find AWS at
 * `functionsEndpoint`, which is the emulator itself unless something stands in front of it.
 */
export const startEmulator = async (
  port: number,
  folder: string,
  controller: AbortController,
  functionsEndpoint: string = endpointOf(port),
): Promise<Emulator> => {
  if (await isListening(port)) {
    throw new Failure(
      `Port ${port} is in use by another program: stop it, or choose another port with '-- --port <number>'.`,
    );
  }
  mkdirSync(folder, { recursive: true });
  const scratchFolder = mkdtempSync(join(tmpdir(), 'fanfare-'));
  const logFile = join(folder, 'emulator.log');
  const log = openSync(logFile, 'w');
  const child = spawn(join(programsOf('emulator'), 'ministack'), [], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: emulatorVariables(port, scratchFolder, functionsEndpoint),
  });
  trackGroup(child);
  const stopped = { expected: false };
  child.once('exit', (code, signal) => {
    if (!stopped.expected) controller.abort(diedByItself(code, signal, logFile));
  });
  const stop = async () => {
    stopped.expected = true;
    await stopGroup(child);
    rmSync(scratchFolder, { recursive: true, force: true });
  };
  try {
    await untilHealthy(endpointOf(port), controller.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const keep = () => releaseGroup(child);
  return { pid: pidOf(child), port, endpoint: endpointOf(port), logFile, scratchFolder, stop, keep };
};

const emulatorVariables = (port: number, scratchFolder: string, functionsEndpoint: string): NodeJS.ProcessEnv => ({
  ...withoutAwsVariables(),
  PATH: `${dirname(NODE_24)}:${process.env.PATH}`,
  TMPDIR: scratchFolder,
  GATEWAY_PORT: String(port),
  // Functions inherit it. Absent, they would be given the same address as the gateway's.
  AWS_ENDPOINT_URL: functionsEndpoint,
  BIND_HOST: LOOPBACK,
  AUTH: 'true',
  CLOUDTRAIL_RECORDING: '1',
  LAMBDA_ASYNC_RETRY_BASE_SECONDS: '0.2',
  IOT_MTLS_ENABLED: '0',
  SFTP_ENABLED: '0',
});

const untilHealthy = async (endpoint: string, signal: AbortSignal): Promise<void> => {
  const giveUpAt = performance.now() + START_LIMIT_MILLISECONDS;
  while (performance.now() < giveUpAt) {
    signal.throwIfAborted();
    try {
      if ((await fetch(`${endpoint}/_ministack/health`)).ok) return;
    } catch {
      // not listening yet
    }
    await wait(POLL_MILLISECONDS);
  }
  throw new Failure(`The emulator did not get ready within ${START_LIMIT_MILLISECONDS / 1000} s.`);
};

const diedByItself = (code: number | null, signal: NodeJS.Signals | null, logFile: string): Failure => {
  const how = signal === null ? `exit code ${code}` : signal;
  return new Failure(
    `The emulator ended unexpectedly (${how}): look into ${logFile} for the reason and run the same command again.`,
    { details: lastLines(readFileSync(logFile, 'utf8'), 5) },
  );
};

const pidOf = (child: ChildProcess): number => {
  if (child.pid === undefined) throw new Error('the emulator was never started');
  return child.pid;
};
