import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { STATE_FOLDER } from '../toolchain/folders.mjs';
import { stopGroupById } from '../toolchain/process-group.mjs';
import { environmentFolder } from './folders.ts';

/** A running environment as other processes find it: `.fanfare/env/<name>/environment.json`. */
const schema = z.object({
  name: z.string(),
  stage: z.string(),
  port: z.number(),
  /** The emulator. */
  endpoint: z.string(),
  /** The HTTP API, as the `serverUrl` of a Svix SDK. */
  baseUrl: z.string(),
  orgId: z.string(),
  token: z.string(),
  signingKey: z.string(),
  startedAt: z.string(),
  /** Process groups to stop, the emulator's first, each with its leader's command line. */
  groups: z.array(z.object({ id: z.number(), command: z.string() })),
  /** Goes with them. */
  scratchFolder: z.string(),
});

export type Description = z.infer<typeof schema>;

export const descriptionFile = (name: string): string => join(environmentFolder(name), 'environment.json');

export const writeDescription = (description: Description): void => {
  const file = descriptionFile(description.name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
};

export const removeDescription = (name: string): void => rmSync(descriptionFile(name), { force: true });

/** The environment of this name if it is up. What a killed run or a restart left behind does not count. */
export const findEnvironment = (name: string): Description | undefined => {
  const file = descriptionFile(name);
  if (!existsSync(file)) return undefined;
  const read = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return read.success && read.data.groups.some(isStillOurs) ? read.data : undefined;
};

/** A process group as it is written down. */
export const groupOf = (id: number): Description['groups'][number] => ({ id, command: commandOf(id) });

/** Ids are used again, after a restart at the latest, so the command line has to be the same too. */
const isStillOurs = ({ id, command }: Description['groups'][number]): boolean =>
  command !== '' && commandOf(id) === command;

/** The command line of a process, or nothing when there is none of this id. */
const commandOf = (pid: number): string =>
  spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();

/** Stops an environment, whoever started it, and forgets it. */
export const stopEnvironment = async ({ name, groups, scratchFolder }: Description): Promise<void> => {
  await Promise.all(groups.filter(isStillOurs).map(({ id }) => stopGroupById(id)));
  rmSync(scratchFolder, { recursive: true, force: true });
  removeDescription(name);
};

/** Every environment that is up. */
export const runningEnvironments = (): readonly Description[] =>
  globSync('env/*/environment.json', { cwd: STATE_FOLDER })
    .map((file) => findEnvironment(basename(dirname(file))))
    .filter((found) => found !== undefined);
