import { readdirSync } from 'node:fs';
import { type Started, start } from '../testing/started.ts';
import { lastLines } from '../toolchain/run.mjs';

let started: Started | undefined;

afterEach(() => started?.cleanUp());

const LIMIT_MILLISECONDS = 120_000;

/** Runs a command until it is in the middle of something, and then ends it as Ctrl-C does. */
const interrupted = async (args: readonly string[], inTheMiddle: string) => {
  const run = start(args);
  started = run;
  await run.untilPrinted(inTheMiddle);
  run.signal('SIGINT');
  const exitCode = await run.ended;
  return {
    exitCode,
    sentence: lastLines(run.output()).at(-1),
    left: [...run.descendants().map(({ command }) => command), ...ownFilesIn(run.scratchFolder)],
  };
};

/** What tools leave in the folder for temporary files when they are stopped is theirs. */
const ownFilesIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith('fanfare'));

describe('a run of the tests or of the checks that is interrupted', () => {
  test.each([
    ['while the environment starts', ['test', '--only', 'emulator'], '… terraform apply'],
    ['while unit tests run', ['test', '--only', 'unit'], '… run unit'],
    ['while checks run', ['check'], '… check checkov'],
  ])(
    '%s leaves nothing running',
    async (_title, args, inTheMiddle) => {
      expect(await interrupted(args, inTheMiddle)).toEqual({
        exitCode: 130,
        sentence: 'fanfare: Interrupted; nothing is left running, run the same command to start again.',
        left: [],
      });
    },
    LIMIT_MILLISECONDS,
  );
});

describe('a name that is none', () => {
  test.each([
    [
      ['test', '--only', 'units'],
      "fanfare: There is no runner 'units': the runners are check, simulate, cli, invoke, unit",
    ],
    [['check', 'contracts'], "fanfare: There is no check 'contracts': the checks are terraform-test"],
  ])('in %j ends with exit code 2 and the names there are', async (args, sentence) => {
    started = start(args);
    expect(await started.ended).toBe(2);
    expect(started.output()).toContain(sentence);
  });
});
