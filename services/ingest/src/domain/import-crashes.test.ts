import { type Crash, crashingPorts } from '@fanfare/core/crashes.fake';
import fc from 'fast-check';
import { RUN_LOST_MS } from './begin-import.ts';
import { begun, importWorld, lineOf } from './import-world.fake.ts';
import type { StretchPorts } from './take-stretch.ts';

/** Fails the calls whose numbers are given, before they take effect or afterwards. */
const crashing = (ports: StretchPorts, crashes: readonly Crash[]): StretchPorts => {
  const wrap = crashingPorts(crashes);
  return {
    ...ports,
    change: wrap(ports.change),
    writeRejected: wrap(ports.writeRejected),
    readRejected: wrap(ports.readRejected),
    putReport: wrap(ports.putReport),
    accept: { ...ports.accept, save: wrap(ports.accept.save) },
  };
};

const LINES = 20;
const isBad = (number: number): boolean => number % 3 === 0;
const text = Array.from({ length: LINES }, (_, index) => index + 1)
  .map((number) => (isBad(number) ? `{"number":${number}}` : lineOf(number)))
  .join('\n');
const numbers = Array.from({ length: LINES }, (_, index) => index + 1);

const crashes = fc.array(fc.record({ call: fc.integer({ min: 1, max: 60 }), done: fc.boolean() }), { maxLength: 12 });
const turns = fc.array(fc.boolean(), { maxLength: 30 });

test.each(['a.jsonl', 'a.jsonl.gz'])(
  'whatever crashes, overlaps or is put again: of %s each line is accepted or refused once, and counted once',
  async (name) => {
    const property = async (at: readonly { call: number; done: boolean }[], overlaps: boolean[], puts: boolean[]) => {
      const world = importWorld();
      await world.put(name, text);
      const taskId = await begun(world, name);
      const ports = crashing(world.ports, at);
      const stretch = (run: string) => world.stretch(taskId, run, ports).catch(() => undefined);
      let run = 'run-0';
      await world.begin(name, run);
      for (let turn = 1; (await world.taskOf(taskId)).status === 'running'; turn += 1) {
        if (turn > 100) throw new Error('it never ends');
        const { run: of } = await world.taskOf(taskId);
        run = of;
        await Promise.all(overlaps[turn] === true ? [stretch(run), stretch(run)] : [stretch(run)]);
        if (puts[turn] !== true) continue;
        // The run dies, and whoever put the file there does so again.
        world.clock.now += RUN_LOST_MS + 1;
        await world.put(name, text);
        await world.begin(name, `run-${turn}`);
      }
      expect(world.numbers()).toEqual(numbers.filter((number) => !isBad(number)));
      expect((await world.rejected(name, taskId)).map(({ line }) => line)).toEqual(numbers.filter(isBad));
      const counts = { lines: LINES, accepted: LINES - 6, rejected: 6, status: 'finished' };
      await expect(world.report(name)).resolves.toMatchObject(counts);
      await expect(world.taskOf(taskId)).resolves.toMatchObject({ accepted: LINES - 6, rejected: 6 });
    };
    await fc.assert(fc.asyncProperty(crashes, turns, turns, property), { numRuns: 100 });
  },
);
