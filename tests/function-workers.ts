import { execFileSync } from 'node:child_process';
import { environmentUnderTest } from './environment-under-test.ts';

/** Kills every process that the emulator of this environment runs a function in, as a crash would. Answers how many there were. */
export const killWorkersOf = (functionName: string): number => {
  const groups = environmentUnderTest().groups.map(({ id }) => id);
  const workers = execFileSync('ps', ['-axo', 'pid=,pgid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((found) => groups.includes(Number(found?.[2])) && found?.[3]?.includes(`-${functionName}-`))
    .map((found) => Number(found?.[1]));
  for (const pid of workers) process.kill(pid, 'SIGKILL');
  return workers.length;
};
