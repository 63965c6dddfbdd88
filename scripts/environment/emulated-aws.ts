import { delimiter, join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { programsOf } from '../toolchain/python-environments.mjs';

/** The stage that every emulated environment is; emulators are apart, so their names may be equal. */
export const LOCAL_STAGE = 'local';

export const REGION = 'us-east-1';

export const endpointOf = (port: number): string => `http://127.0.0.1:${port}`;

/** Options for any AWS client of an emulated environment. */
export const clientOptions = (endpoint: string) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/**
 * The environment variables of a tool that works against the emulator. Nothing of the person's own AWS set-up
 * gets through, so that no mistake can reach a real account.
 */
export const emulatedAwsVariables = (endpoint: string): NodeJS.ProcessEnv => ({
  ...withoutAwsVariables(),
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  // Five seconds otherwise: AWS throttles those who ask more often, the emulator does not.
  SAM_CLI_POLL_DELAY: '0.2',
});

/** This process's variables without AWS's, with loopback kept out of any proxy and the SAM CLI on the PATH. */
export const withoutAwsVariables = (): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return { ...Object.fromEntries(kept), ...toolVariables() };
};

/** Last on the PATH, so that it is found only where there is no make. */
const MAKE_STAND_IN = join(ROOT, 'scripts/make');

/** What every tool is given, whichever account it works against. */
export const toolVariables = (): NodeJS.ProcessEnv => {
  const direct = [process.env.NO_PROXY ?? process.env.no_proxy, '127.0.0.1,localhost'].filter(Boolean).join(',');
  return {
    NO_PROXY: direct,
    no_proxy: direct,
    PATH: [process.env.PATH, programsOf('sam'), MAKE_STAND_IN].join(delimiter),
    // Where it is set, the SAM CLI compiles itself anew at each of its many starts.
    PYTHONDONTWRITEBYTECODE: undefined,
    SAM_CLI_TELEMETRY: '0',
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
  };
};
