/**
 * Looks after what failed by our own fault and what is archived, and tells what was used: `npm run ops -- dlq list`.
 *
 * @needs nothing
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { runCommand } from '../environment/run-command.ts';
import { countMessages } from '../ops/archive-count.ts';
import { queryArchive } from '../ops/archive-query.ts';
import { printReplayed, replayRefusal } from '../ops/archive-replay.ts';
import { printRestored } from '../ops/archive-restore.ts';
import type { ArchiveSearch } from '../ops/archive-search.ts';
import { awsFailure } from '../ops/aws-failure.ts';
import { printMessages, printStores, refan } from '../ops/dlq.ts';
import type { TargetOptions } from '../ops/ops-target.ts';
import { parseAppId, parseEndpointId, parsePast, parseReplayName } from '../ops/options.ts';
import { printRuns, printStatus, redriveStore, stopRuns } from '../ops/redrive.ts';
import { type OpsStage, openStage } from '../ops/stage.ts';
import { printUsage } from '../ops/usage.ts';
import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';

type Common = TargetOptions & { readonly json?: true };
type Work = (stage: OpsStage, signal: AbortSignal, json: boolean) => Promise<void>;

const FASTEST_PER_SECOND = 500;
const MOST_SHOWN = 1000;
const MOST_ROWS = 100_000;
/** As long as the table keeps what was just accepted. */
const LONGEST_DAYS = 90;

let chosen: { readonly options: Common; readonly work: Work } | undefined;

const wholeNumber =
  (most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
  };

/** A command of `ops`, which says by `work` what is to be done once the line is understood. */
const command = (parent: Command, name: string, description: string): Command =>
  parent
    .command(name)
    .description(description)
    .option('--env <name>', 'environment that is up on this machine, the only one when left out')
    .option('--stage <stage>', 'stage in the AWS account of your own credentials instead')
    .option('--json', 'the result as JSON on the standard output')
    .allowExcessArguments(false);

/** A group of commands says which there are when none is named. */
const group = (parent: Command, name: string, description: string): Command => {
  const made = parent.command(name).description(description).argument('[command]');
  return made.action((given?: string) => {
    const known = made.commands.map((one) => one.name()).join(', ');
    const problem = given === undefined ? `'${name}' needs a command` : `There is no command '${name} ${given}'`;
    throw new Failure(`${problem}: the commands are ${known}.`, { exitCode: EXIT_USAGE });
  });
};

const ops = new Command('npm run ops --')
  .description('Looks after what failed by our own fault and what is archived, and tells what was used.')
  .argument('[command]')
  .action((given?: string) => {
    const known = ops.commands.map((one) => one.name()).join(', ');
    const problem = given === undefined ? 'A command is missing' : `There is no command '${given}'`;
    throw new Failure(`${problem}: the commands are ${known}.`, { exitCode: EXIT_USAGE });
  });

const dlq = group(ops, 'dlq', 'dead-letter queues and the other stores of failed work');

command(dlq, 'list', 'how each store stands: depth, age of the oldest, what gets it when it is redriven').action(
  (options: Common) => {
    chosen = { options, work: (stage, _signal, json) => printStores(stage, json) };
  },
);

command(dlq, 'show', 'what is in a store, without payloads; it stays there, hidden from others for 30 s at most')
  .argument('<store>', 'name of a lane or of another store: `dlq list` tells them')
  .option('--limit <number>', 'messages to look at', wholeNumber(MOST_SHOWN), 10)
  .action((name: string, options: Common & { readonly limit: number }) => {
    chosen = { options, work: (stage, _signal, json) => printMessages(stage, name, options.limit, json) };
  });

command(dlq, 'redrive', 'has what is in a store worked on again, by a workflow; to do it twice does no harm')
  .argument('<store>', 'name of a lane or of another store: `dlq list` tells them')
  .option('--rate <number>', 'messages a second', wholeNumber(FASTEST_PER_SECOND), 50)
  .option('--detach', 'does not wait for its end; Ctrl-C stops waiting too, and never the redrive')
  .action((name: string, options: Common & { readonly rate: number; readonly detach?: true }) => {
    const how = { ratePerSecond: options.rate, detach: options.detach === true };
    chosen = { options, work: (stage, signal, json) => redriveStore(stage, name, how, json, signal) };
  });

command(dlq, 'runs', 'the redrives that run, and those before').action((options: Common) => {
  chosen = { options, work: (stage, _signal, json) => printRuns(stage, json) };
});

command(dlq, 'status', 'how far a redrive is, or how it ended')
  .argument('<store or run>', 'name of a store, for its last redrive, or of a run: `dlq runs` tells them')
  .action((named: string, options: Common) => {
    chosen = { options, work: (stage, _signal, json) => printStatus(stage, named, json) };
  });

command(dlq, 'stop', 'ends a redrive after the step that is under way')
  .argument('<store or run>', 'name of a store or of a run: `dlq runs` tells them')
  .action((named: string, options: Common) => {
    chosen = { options, work: (stage, _signal, json) => stopRuns(stage, named, json) };
  });

command(ops, 'refan', 'fans out again what was accepted since a time, where something is missing; repeats do no harm')
  .requiredOption('--since <time>', 'a time (2026-11-25T10:00:00Z) or how long ago (90m, 2h, 3d)', parsePast)
  .option('--until <time>', 'likewise; now when left out', parsePast)
  .option('--app <id>', 'of this application alone', parseAppId)
  .action((options: Common & { readonly since: number; readonly until?: number; readonly app?: string }) => {
    const { since, until = Date.now(), app } = options;
    if (since >= until) throw new Failure("'--since' is before '--until'.", { exitCode: EXIT_USAGE });
    const span = { fromMs: since, untilMs: until, ...(app === undefined ? {} : { appId: app }) };
    chosen = { options, work: (stage, signal, json) => refan(stage, span, json, signal) };
  });

const DAY_MS = 86_400_000;

command(ops, 'usage', 'what applications used, hour by hour, as CSV: messages, attempts, bytes of payloads')
  .option(
    '--from <time>',
    'a time (2026-11-25T10:00:00Z) or how long ago (90m, 2h, 3d); a day before the end when left out',
    parsePast,
  )
  .option('--to <time>', 'likewise; now when left out', parsePast)
  .option('--app <id>', 'of this application alone', parseAppId)
  .action((options: Common & { readonly from?: number; readonly to?: number; readonly app?: string }) => {
    const { to = Date.now(), app } = options;
    const { from = to - DAY_MS } = options;
    if (from > to) throw new Failure("'--from' is before '--to'.", { exitCode: EXIT_USAGE });
    const span = { fromMs: from, untilMs: to, ...(app === undefined ? {} : { appId: app }) };
    chosen = { options, work: (stage, _signal, json) => printUsage(stage, span, json) };
  });

type Wanted = Common & {
  readonly app: string;
  readonly since: number;
  readonly until?: number;
  readonly id?: string;
  readonly eventType?: string;
  readonly tag?: string;
};

/** A command of `ops archive`: what of the archive it is for. */
const archiveCommand = (name: string, description: string): Command =>
  command(archive, name, description)
    .requiredOption('--app <id>', 'of this application', parseAppId)
    .requiredOption('--since <time>', 'a time (2026-11-25T10:00:00Z) or how long ago (90m, 2h, 365d)', parsePast)
    .option('--until <time>', 'likewise; now when left out', parsePast)
    .option('--id <id>', 'of a message: it and its attempts; of an attempt: itself')
    .option('--event-type <name>', 'of this event type alone')
    .option('--tag <tag>', 'with this tag alone');

const searchOf = ({ app, since, until = Date.now(), id, eventType, tag }: Wanted): ArchiveSearch => {
  if (since >= until) throw new Failure("'--since' is before '--until'.", { exitCode: EXIT_USAGE });
  return {
    ...{ appId: app, fromMs: since, untilMs: until },
    ...(id === undefined ? {} : { id }),
    ...(eventType === undefined ? {} : { eventType }),
    ...(tag === undefined ? {} : { tag }),
  };
};

const archive = group(ops, 'archive', 'messages and attempts of years, one application at a time');

archiveCommand('query', 'shows what is archived, what was not compacted yet included, each message and attempt once')
  .addOption(new Option('--kind <kind>', 'messages or attempts alone').choices(['message', 'attempt']))
  .option('--limit <number>', 'rows to show', wholeNumber(MOST_ROWS), 100)
  .option('--with-content', 'payloads and answers too, for which their data key is asked for')
  .action((options: Wanted & { kind?: 'message' | 'attempt'; limit: number; withContent?: true }) => {
    const search = { ...searchOf(options), ...(options.kind === undefined ? {} : { kind: options.kind }) };
    const shown = { limit: options.limit, withContent: options.withContent === true };
    chosen = { options, work: (stage, signal, json) => queryArchive(stage, search, shown, json, signal) };
  });

archiveCommand(
  'restore',
  'puts messages back into the table, where a resend finds them; sends nothing, and twice is once',
)
  .option('--days <number>', 'for how long', wholeNumber(LONGEST_DAYS), 7)
  .option('--dry-run', 'only counts what matches')
  .action((options: Wanted & { days: number; dryRun?: true }) => {
    const search = searchOf(options);
    const work: Work = (stage, signal, json) =>
      options.dryRun
        ? countMessages(stage, search, json, signal)
        : printRestored(stage, search, options.days, json, signal);
    chosen = { options, work };
  });

archiveCommand(
  'replay',
  'restores messages and sends them to an endpoint again; run again after a crash or a refusal, it sends the rest',
)
  .requiredOption(
    '--endpoint <id>',
    'to this endpoint, whether its filters match or not; refused if it is ordered or disabled',
    parseEndpointId,
  )
  .option(
    '--name <name>',
    'of the replay: under one name a message is attempted once, whatever came of it',
    parseReplayName,
    'replay',
  )
  .option('--days <number>', 'for how long they are restored', wholeNumber(LONGEST_DAYS), 7)
  .option(
    '--rate <number>',
    'messages a second; half of a lower rate of endpoint or application',
    wholeNumber(FASTEST_PER_SECOND),
    20,
  )
  .option('--dry-run', 'only counts what matches')
  .action((options: Wanted & { endpoint: string; name: string; days: number; rate: number; dryRun?: true }): void => {
    const search = searchOf(options);
    const { endpoint: endpointId, name, days, rate: ratePerSecond } = options;
    const how = { endpointId, name, days, ratePerSecond };
    const work: Work = (stage, signal, json) =>
      options.dryRun
        ? countMessages(stage, search, json, signal, replayRefusal(stage, how))
        : printReplayed(stage, search, how, json, signal);
    chosen = { options, work };
  });

await runCommand(ops, async (_parsed, signal) => {
  if (chosen === undefined) return;
  const { options, work } = chosen;
  await awsFailure(options, async () => work(await openStage(options), signal, options.json === true));
});
