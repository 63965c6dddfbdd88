import { readdirSync, readFileSync } from 'node:fs';
import { environmentUnderTest } from './environment-under-test.ts';

/** Whether the workers of functions can be found on this machine: their variables are files of Linux. */
export const WORKERS_CAN_BE_KILLED = process.platform === 'linux';

/** Kills every process that a function of the environment runs in, as a crash would. Answers how many there were. */
export const killWorkersOf = (name: string): number => {
  const { stage, endpoint } = environmentUnderTest();
  const own = [`AWS_LAMBDA_FUNCTION_NAME=fanfare-${stage}-${name}`, `AWS_ENDPOINT_URL=${endpoint}`];
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const workers = pids.filter((pid) => {
    const variables = variablesOf(pid);
    return own.every((one) => variables.includes(one));
  });
  for (const pid of workers) process.kill(Number(pid), 'SIGKILL');
  return workers.length;
};

const variablesOf = (pid: string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // ended meanwhile, or another user's
  }
};
