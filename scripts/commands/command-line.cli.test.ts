import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type Started, start } from '../testing/started.ts';

jest.setTimeout(60_000);

let started: Started | undefined;

afterEach(() => started?.cleanUp());

const resultOf = async (line: string) => {
  started = start(line.split(' ').filter((word) => word !== ''));
  return { exitCode: await started.ended, output: started.output() };
};

const commands = readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z]+\.ts$/.test(file))
  .map((file) => file.replace('.ts', ''));

describe('a command line that is not understood', () => {
  test.each([
    ['', 'A command is missing'],
    ['nonsense', "There is no command 'nonsense'"],
    ['../start', "There is no command '../start'"],
  ])("'%s' ends with exit code 2 and names the commands there are", async (line, sentence) => {
    const { exitCode, output } = await resultOf(line);
    expect(exitCode).toBe(2);
    expect(output).toContain(`fanfare: ${sentence}: the commands are ${commands.sort().join(', ')}.`);
  });

  test.each([
    ['demo --port eighty', 'A port is a whole number'],
    ['demo --port 80', 'A port is a whole number from 1024'],
    ['demo --timings 0', 'The number of runs is from 1'],
    ['demo --fast', "unknown option '--fast'"],
    ['demo twice', 'too many arguments'],
    ['dev --port 99999', 'A port is a whole number'],
    ['deploy', 'Name a service to deploy'],
    ['deploy nonsense', "There is no service 'nonsense': the services are "],
    ['deploy ingest --env nonsense', "There is no environment 'nonsense': it is one of dev, demo."],
    ['deploy ingest --stage nonsense', "There is no stage 'nonsense' in an account: the stages are dev, prod."],
    ['deploy ingest --stage local', "There is no stage 'local' in an account"],
    ['samconfig twice', 'too many arguments'],
    ['down nonsense', "The environment 'nonsense' is not up"],
    ['ops', 'A command is missing: the commands are dlq'],
    ['ops nonsense', "There is no command 'nonsense'"],
    ['ops dlq', "'dlq' needs a command: the commands are list, show, redrive, runs, status, stop."],
    ['ops dlq nonsense', "There is no command 'dlq nonsense'"],
    ['ops dlq show', "fanfare: missing required argument 'store'"],
    ['ops dlq list twice', 'fanfare: too many arguments'],
    ['ops refan', "fanfare: required option '--since <time>' not specified"],
    ['ops refan --since 2999-01-01T00:00:00Z', 'It lies in the future.'],
    ['ops dlq redrive webhook --rate 0', 'It is a whole number from 1 to 500.'],
    ['ops dlq redrive', "fanfare: missing required argument 'store'"],
    ['ops dlq redrive webhook aws', 'fanfare: too many arguments'],
    ['ops dlq runs webhook', 'fanfare: too many arguments'],
    ['ops dlq status', "fanfare: missing required argument 'store or run'"],
    ['ops dlq stop', "fanfare: missing required argument 'store or run'"],
    ['ops dlq show webhook --limit many', 'It is a whole number from 1 to 1000.'],
    ['ops usage --from yesterday', 'It is a time with its offset'],
    ['ops usage --from 1h --to 2h', "'--from' is before '--to'."],
    ['ops usage --app customer-7', "It is an application's id"],
    ['ops dlq list --stage nonsense', "There is no stage 'nonsense' in an account: the stages are dev, prod."],
    ['ops dlq list --stage dev --env dev', "Say '--env' or '--stage', not both."],
    ['invoke', "missing required argument 'service'"],
    ['invoke nonsense F event.json', "There is no service 'nonsense'"],
    ['invoke ingest Nonsense post-message', "ingest has no function 'Nonsense': it has PostMessage, "],
  ])("'%s' ends with exit code 2 and says what is wrong", async (line, sentence) => {
    const { exitCode, output } = await resultOf(line);
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: expect.stringContaining(sentence) });
  });
});

describe('a command line', () => {
  test('asks for help and gets it', async () => {
    expect(await resultOf('demo --help')).toEqual({ exitCode: 0, output: expect.stringContaining('--keep') });
  });

  test('asks for nothing that is up, and hears so', async () => {
    expect(await resultOf('down')).toEqual({ exitCode: 0, output: 'Nothing is up.\n' });
  });

  test('operates an environment while none is up, and hears how to start one', async () => {
    const { exitCode, output } = await resultOf('ops dlq list --json');
    expect(exitCode).toBe(1);
    expect(output).toContain("No environment is up: start one with 'npm run dev', or name a stage with '--stage'.");
  });

  test('deploys into an environment that is not up, and hears how to start one', async () => {
    const { exitCode, output } = await resultOf('deploy ingest');
    expect(exitCode).toBe(1);
    expect(output).toContain("The environment 'dev' is not up: start it with 'npm run dev'.");
  });
});
