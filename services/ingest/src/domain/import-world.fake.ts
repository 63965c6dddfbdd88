import { gzipSync } from 'node:zlib';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import type { ImportTask } from '@fanfare/events/import-task';
import type { MessageRecord } from '@fanfare/events/message-record';
import { type BeginImportPorts, type BegunImport, beginImport } from './begin-import.ts';
import { fakeFreshMessages } from './fresh-messages.fake.ts';
import { fakeImportBucket } from './import-bucket.fake.ts';
import { fakeImportStore } from './import-store.fake.ts';
import { fakeMessageTable } from './message-table.fake.ts';
import { type StretchPorts, type StretchSettings, stretchTaken, takeStretch, type Walked } from './take-stretch.ts';

const NOW = 1_800_000_000_000;
export const SETTINGS = { ratePerSecond: 2, stretchesPerExecution: 100, restSeconds: 70 };

let made = 0;
const idOf = (prefix: 'org' | 'app' | 'qtask', atMs: number): string => {
  made += 1;
  return mintId(prefix, atMs, new Uint8Array(RANDOM_BYTES).fill(made));
};

/** A line with a number in its payload, as a producer writes it. */
export const lineOf = (number: number, more: object = {}): string =>
  JSON.stringify({ eventType: 'a', ...more, payload: { number } });

/** An application, a bucket for its files, and what imports read and write. The clock stands still unless somebody sleeps. */
export const importWorld = (chunkBytes?: number) => {
  const clock = { now: NOW };
  const now = () => clock.now;
  const orgId = idOf('org', NOW);
  const appId = idOf('app', NOW);
  const bucket = fakeImportBucket(chunkBytes);
  const store = fakeImportStore(now);
  const table = fakeMessageTable(now);
  const saved = new Map<string, MessageRecord>();
  const state = { application: true, version: 1, orderedEndpoints: 0, slept: 0 };
  const sleep = async (ms: number): Promise<void> => {
    clock.now += ms;
    state.slept += ms;
  };
  const ports: StretchPorts & BeginImportPorts = {
    ...bucket,
    ...store,
    findApplication: async (org, application) =>
      state.application && org === orgId && [appId, 'acme'].includes(application)
        ? { orgId, appId, version: state.version, orderedEndpoints: state.orderedEndpoints }
        : undefined,
    accept: {
      ...table,
      save: async (ref, record) => {
        const outcome = await table.save(ref, record);
        if (outcome === 'saved') saved.set(ref.messageId, record);
        return outcome;
      },
      saveFresh: fakeFreshMessages(table, () => false),
      keepPayload: fakePayloadStore().keep,
      markActive: async () => undefined,
      now,
    },
    mayGoOn: () => true,
    mintTaskId: (atMs) => idOf('qtask', atMs),
    sleep,
    random: () => 0.5,
    now,
  };
  const keyOf = (name: string): string => `${orgId}/acme/${name}`;

  return {
    clock,
    state,
    ports,
    bucket,
    ref: { orgId, appId },
    keyOf,
    put: async (name: string, content: string | Uint8Array): Promise<void> => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      await bucket.put(keyOf(name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
    },
    begin: (name: string, run = 'run-1', on: Partial<BeginImportPorts> = {}, isAsked = false): Promise<BegunImport> =>
      beginImport({ key: keyOf(name), run, isAsked }, { ...ports, ...on }),
    stretch: (
      taskId: string,
      run = 'run-1',
      on: Partial<StretchPorts> = {},
      settings: Partial<StretchSettings> = {},
    ): Promise<Walked | undefined> =>
      takeStretch({ orgId, taskId, run, execution: 0, page: 0 }, { ...SETTINGS, ...settings }, { ...ports, ...on }),
    taskOf: async (taskId: string): Promise<ImportTask> => {
      const found = await store.findImport({ orgId, taskId });
      if (found === undefined) throw new Error('there is no such task');
      return found;
    },
    /** Numbers in the payloads that were accepted, in the order of a list of messages. */
    numbers: (): number[] =>
      [...saved]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([, { payload }]) => JSON.parse(new TextDecoder().decode(payload)).number),
    placeOf: (orderingKey: string, number: number) => table.placeOf({ orgId, appId, orderingKey }, number),
    records: () => [...saved.values()],
    report: async (name: string) => JSON.parse((await bucket.textOf(`${keyOf(name)}.report.json`)) ?? 'null'),
    /** The report of a task, whatever else was put under the key of its file. */
    reportOf: async (name: string, id: string) =>
      JSON.parse((await bucket.textOf(`${keyOf(name)}.${id}.report.json`)) ?? 'null'),
    /** The lines that were refused, as they lie beside the file, by the id of its task. */
    rejected: async (name: string, id: string, part = 1): Promise<{ line: number; offset: number; text?: string }[]> =>
      ((await bucket.textOf(`${keyOf(name)}.${id}.rejected-${String(part).padStart(4, '0')}.ndjson`)) ?? '')
        .split('\n')
        .filter((row) => row !== '')
        .map((row) => JSON.parse(row)),
    next: stretchTaken,
  };
};

export type ImportWorld = ReturnType<typeof importWorld>;

/** Begins the import of a file that was put there. Answers its task. */
export const begun = async (world: ImportWorld, name: string, run = 'run-1'): Promise<string> => {
  const outcome = await world.begin(name, run);
  if (!('taskId' in outcome)) throw new Error(`it was ${outcome.kind}`);
  return outcome.taskId;
};

/** Does one stretch after the other, as the state machine does. */
export const runToItsEnd = async (world: ImportWorld, taskId: string, run = 'run-1'): Promise<void> => {
  for (let stretches = 0; stretches < 100; stretches += 1) {
    const walked = await world.stretch(taskId, run);
    if (walked === undefined || walked.next === 'end') return;
  }
  throw new Error('it never ends');
};
